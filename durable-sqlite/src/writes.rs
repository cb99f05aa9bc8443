//! What a batch writes, as parameters for the scripts of [`crate::sql`].

use durable_core::history::{CODEC_VERSION, Event, PackedTurn};
use durable_core::store::{InstanceUpdate, NewInstance, Ownership, Request, Status, StoreError};
use durable_core::{ExecutionId, InstanceId, InstanceKey, Tags, Timestamp, WorkerId};

use crate::records::{ABSENT, KEPT, Records, Span};
use crate::seal::Sealer;

/// A text of a row.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    /// As it stands in the table, unread.
    Kept,
    Null,
    Is(&'a str),
}

/// An instance's row.
pub(crate) struct Row<'a> {
    pub(crate) key: InstanceKey,
    /// Of a row that is not in the table yet.
    pub(crate) id: Option<&'a InstanceId>,
    pub(crate) execution: ExecutionId,
    pub(crate) name: Text<'a>,
    pub(crate) version: Text<'a>,
    pub(crate) status: Status,
    pub(crate) parked_reason: Text<'a>,
    pub(crate) custom_status: Text<'a>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) owner: Option<WorkerId>,
    pub(crate) wake_at: Option<Timestamp>,
    pub(crate) crashes: u32,
    pub(crate) mark: Text<'a>,
    /// `None`: as they stand in the table.
    pub(crate) tags: Option<&'a Tags>,
}

impl<'a> Row<'a> {
    /// That of a new instance.
    pub(crate) fn new(key: InstanceKey, new: &'a NewInstance, execution: ExecutionId, now: Timestamp) -> Self {
        let owner = new.owner.map(|lease| lease.worker);
        Self {
            key,
            id: Some(&new.id),
            execution,
            name: Text::Is(&new.name),
            version: Text::Is(&new.version),
            status: if owner.is_some() { Status::Running } else { Status::Pending },
            parked_reason: Text::Null,
            custom_status: Text::Null,
            created_at: now,
            updated_at: now,
            owner,
            wake_at: owner.is_none().then_some(new.start_at.unwrap_or(now)),
            crashes: 0,
            mark: Text::Null,
            tags: Some(&new.tags),
        }
    }

    /// No longer parked, or no longer finished.
    pub(crate) fn make_ready(&mut self, now: Timestamp) {
        (self.status, self.parked_reason) = (Status::Running, Text::Null);
        (self.owner, self.wake_at, self.updated_at) = (None, Some(now), now);
    }

    /// Only what sleeps and may run has a wake time, and what has ended has no owner: the index
    /// `ready` relies on it.
    pub(crate) fn settle(&mut self) {
        if self.status.is_finished() {
            self.owner = None;
        }
        if self.owner.is_some() || !may_run(self.status) {
            self.wake_at = None;
        }
    }
}

/// Whether an instance in this status runs when somebody claims it.
fn may_run(status: Status) -> bool {
    !status.is_finished() && status != Status::Parked
}

/// What an update makes of a row.
pub(crate) fn update_row<'a>(row: &mut Row<'a>, update: &'a InstanceUpdate, messages_wait: bool, now: Timestamp) {
    row.status = update.status;
    row.parked_reason = update.parked_reason.as_deref().map_or(Text::Null, Text::Is);
    row.crashes = update.crashes;
    row.mark = update.mark.as_deref().map_or(Text::Null, Text::Is);
    row.updated_at = now;
    if let Some(custom) = &update.custom_status {
        row.custom_status = Text::Is(custom.as_str());
    }
    if let Ownership::Release { wake_at } = update.ownership {
        row.owner = None;
        row.wake_at = if messages_wait { Some(now) } else { wake_at };
    }
    row.settle();
}

/// To whom a message goes.
pub(crate) enum Delivered<'a> {
    Key(InstanceKey),
    /// If it is at this execution.
    Id(&'a InstanceId, Option<ExecutionId>),
}

/// Rows as parameters.
#[derive(Default)]
pub(crate) struct Encoded {
    sealer: Sealer,
    pub(crate) inserts: Records<23>,
    pub(crate) turns: Records<7>,
    pub(crate) consumed: Records<1>,
    /// Fast path: messages, if their recipients take them.
    pub(crate) deliveries: Records<8>,
    /// Fast path: changes of rows.
    pub(crate) updates: Records<13>,
    pub(crate) requests: Records<9>,
    pub(crate) has: Has,
    /// Slow path: instances that lose their turns, their messages, or their tags.
    pub(crate) clears: Records<2>,
    /// Slow path: messages.
    pub(crate) puts: Records<5>,
    /// Slow path: whole rows.
    pub(crate) rows: Records<21>,
    /// Slow path: rows of which only the wake time changes, which is in no index of the queries.
    pub(crate) wakes: Records<2>,
}

/// What there is among the rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Has {
    /// A new instance with tags.
    pub(crate) tags: bool,
    /// One with tags in the place of another.
    pub(crate) new_tags: bool,
    /// An update that ends an instance.
    pub(crate) end: bool,
    /// One that lets an instance sleep.
    pub(crate) sleep: bool,
    /// A message to an instance that is named by its id.
    pub(crate) by_id: bool,
}

impl Encoded {
    pub(crate) fn new(sealer: &Sealer) -> Self {
        Self { sealer: sealer.clone(), ..Self::default() }
    }

    /// With room for these turns.
    pub(crate) fn with_turns<'a>(sealer: &Sealer, turns: impl Iterator<Item = &'a PackedTurn>) -> Self {
        let (count, bytes) = turns.fold((0, 0), |(count, bytes), turn| (count + 1, bytes + turn.body.len()));
        let mut turns = Records::with_capacity(count);
        turns.texts.reserve(bytes);
        Self { turns, ..Self::new(sealer) }
    }

    pub(crate) fn insert(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let r = &mut self.inserts;
        let [id, id_len] = r.text(row.id.map_or("", InstanceId::as_str));
        let [name, name_len] = span(r, row.name);
        let [version, version_len] = span(r, row.version);
        let [status, status_len] = r.text(row.status.as_str());
        let [reason, reason_len] = span(r, row.parked_reason);
        let [custom, custom_len] = custom_status(r, &self.sealer, row.custom_status);
        let [mark, mark_len] = span(r, row.mark);
        let [tags, tags_len] = tags_span(r, row.tags)?;
        self.has.tags |= tags_len > 0;
        r.push([
            row.key.0,
            id,
            id_len,
            i64::from(row.execution.0),
            name,
            name_len,
            version,
            version_len,
            status,
            status_len,
            reason,
            reason_len,
            custom,
            custom_len,
            row.created_at.unix_micros(),
            row.updated_at.unix_micros(),
            row.owner.map_or(ABSENT, |owner| owner.0),
            row.wake_at.map_or(ABSENT, wake_micros),
            i64::from(row.crashes),
            mark,
            mark_len,
            tags,
            tags_len,
        ]);
        Ok(())
    }

    /// A row that is there, whole.
    pub(crate) fn row(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let r = &mut self.rows;
        let [name, name_len] = span(r, row.name);
        let [version, version_len] = span(r, row.version);
        let [status, status_len] = r.text(row.status.as_str());
        let [reason, reason_len] = span(r, row.parked_reason);
        let [custom, custom_len] = custom_status(r, &self.sealer, row.custom_status);
        let [mark, mark_len] = span(r, row.mark);
        let [tags, tags_len] = tags_span(r, row.tags)?;
        self.has.new_tags |= tags_len > 0;
        r.push([
            row.key.0,
            i64::from(row.execution.0),
            name,
            name_len,
            version,
            version_len,
            status,
            status_len,
            reason,
            reason_len,
            custom,
            custom_len,
            row.created_at.unix_micros(),
            row.updated_at.unix_micros(),
            row.owner.map_or(ABSENT, |owner| owner.0),
            row.wake_at.map_or(ABSENT, wake_micros),
            i64::from(row.crashes),
            mark,
            mark_len,
            tags,
            tags_len,
        ]);
        Ok(())
    }

    /// A row of which the wake time changes.
    pub(crate) fn wake(&mut self, row: &Row<'_>) {
        self.wakes.push([row.key.0, row.wake_at.map_or(ABSENT, wake_micros)]);
    }

    /// A request, with what became of it.
    pub(crate) fn request(
        &mut self,
        request: &Request,
        instance: &InstanceId,
        (key, execution): (InstanceKey, ExecutionId),
        now: Timestamp,
    ) {
        let r = &mut self.requests;
        let [id, id_len] = r.text(request.id.as_str());
        let [operation, operation_len] = r.text(&request.operation);
        let [instance, instance_len] = r.text(instance.as_str());
        let execution = i64::from(execution.0);
        let now = now.unix_micros();
        r.push([id, id_len, operation, operation_len, instance, instance_len, key.0, execution, now]);
    }

    pub(crate) fn turn(&mut self, key: InstanceKey, execution: ExecutionId, turn: &PackedTurn) {
        let ([at, len], flags) = self.turns.sealed(turn.body.as_bytes(), &self.sealer);
        let (seq, count, codec) = (turn.seq.0 as i64, turn.count as i64, i64::from(turn.codec | flags));
        self.turns.push([key.0, i64::from(execution.0), seq, count, codec, at, len]);
    }

    pub(crate) fn update(&mut self, key: InstanceKey, update: &InstanceUpdate, now: Timestamp) {
        let [status, status_len] = self.updates.text(update.status.as_str());
        let [reason, reason_len] = self.updates.text_or_absent(update.parked_reason.as_deref());
        let custom = update.custom_status.as_ref().map_or(Text::Null, |custom| Text::Is(custom.as_str()));
        let [custom, custom_len] = custom_status(&mut self.updates, &self.sealer, custom);
        let [mark, mark_len] = self.updates.text_or_absent(update.mark.as_deref());
        let released = update.ownership != Ownership::Keep;
        let release = if update.status.is_finished() {
            END
        } else if !released {
            KEEP
        } else if may_run(update.status) {
            SLEEP
        } else {
            REST
        };
        self.has.end |= release == END;
        self.has.sleep |= release == SLEEP;
        let wake_at = match update.ownership {
            Ownership::Release { wake_at } => wake_at.map_or(ABSENT, wake_micros),
            Ownership::Keep => ABSENT,
        };
        let crashes = i64::from(update.crashes);
        let now = now.unix_micros();
        self.updates.push([
            key.0, status, status_len, reason, reason_len, custom, custom_len, crashes, release, wake_at, now, mark,
            mark_len,
        ]);
    }

    pub(crate) fn delivery(&mut self, to: Delivered<'_>, now: Timestamp, message: &Event) -> Result<(), StoreError> {
        let (key, [id, id_len], execution) = match to {
            Delivered::Key(key) => (key.0, [0, ABSENT], None),
            Delivered::Id(id, execution) => {
                self.has.by_id = true;
                (ABSENT, self.deliveries.text(id.as_str()), execution)
            }
        };
        let ([at, len], flags) = json(&mut self.deliveries, &self.sealer, message)?;
        let codec = i64::from(CODEC_VERSION | flags);
        self.deliveries.push([key, id, id_len, guard(execution), now.unix_micros(), codec, at, len]);
        Ok(())
    }

    pub(crate) fn put(
        &mut self,
        to: InstanceKey,
        execution: Option<ExecutionId>,
        message: &Message<'_>,
    ) -> Result<(), StoreError> {
        let (codec, [at, len]) = match message {
            Message::Event(event) => {
                let (span, flags) = json(&mut self.puts, &self.sealer, event)?;
                (CODEC_VERSION | flags, span)
            }
            Message::Stored { codec, body } => (*codec, self.puts.body(body, Sealer::is_plain(*codec))),
        };
        self.puts.push([to.0, guard(execution), i64::from(codec), at, len]);
        Ok(())
    }

    /// Rows that are written.
    pub(crate) fn count(&self) -> u64 {
        let counts = [
            self.inserts.len(),
            self.turns.len(),
            self.consumed.len(),
            self.deliveries.len(),
            self.updates.len(),
            self.requests.len(),
            self.clears.len(),
            self.puts.len(),
            self.rows.len(),
            self.wakes.len(),
        ];
        counts.into_iter().sum::<usize>() as u64
    }

    /// Text of events and messages.
    pub(crate) fn text_bytes(&self) -> u64 {
        (self.turns.texts.len() + self.deliveries.texts.len() + self.puts.texts.len()) as u64
    }

    /// All that goes to SQLite.
    pub(crate) fn bytes(&self) -> usize {
        self.inserts.size()
            + self.turns.size()
            + self.consumed.size()
            + self.deliveries.size()
            + self.updates.size()
            + self.requests.size()
            + self.clears.size()
            + self.puts.size()
            + self.rows.size()
            + self.wakes.size()
    }
}

/// A message's text.
pub(crate) enum Message<'a> {
    Event(&'a Event),
    /// One that was stored before, and comes in anew.
    Stored {
        codec: u32,
        body: Vec<u8>,
    },
}

fn json<const N: usize>(records: &mut Records<N>, sealer: &Sealer, message: &Event) -> Result<(Span, u32), StoreError> {
    let failed = |error| StoreError::Other(format!("a message cannot be written as JSON: {error}"));
    records.json(message, sealer).map_err(failed)
}

/// A custom status has no codec number beside it: a sealed one begins with its flags.
fn custom_status<const N: usize>(records: &mut Records<N>, sealer: &Sealer, text: Text<'_>) -> Span {
    match text {
        Text::Is(text) if !sealer.leaves(text.len()) => {
            let sealed = sealer.seal(text.as_bytes());
            if sealed.flags == 0 {
                return records.text(text);
            }
            records.body(&[&sealed.flags.to_le_bytes(), &*sealed.bytes].concat(), false)
        }
        text => span(records, text),
    }
}

fn tags_span<const N: usize>(records: &mut Records<N>, tags: Option<&Tags>) -> Result<Span, StoreError> {
    match tags {
        None => Ok([0, KEPT]),
        Some(tags) if tags.is_empty() => Ok([0, ABSENT]),
        Some(tags) => {
            let json = serde_json::to_string(tags).map_err(|e| StoreError::Other(e.to_string()))?;
            Ok(records.text(&json))
        }
    }
}

fn span<const N: usize>(records: &mut Records<N>, text: Text<'_>) -> Span {
    match text {
        Text::Kept => [0, KEPT],
        Text::Null => [0, ABSENT],
        Text::Is(text) => records.text(text),
    }
}

fn guard(execution: Option<ExecutionId>) -> i64 {
    execution.map_or(ABSENT, |e| i64::from(e.0))
}

/// What an update does with the owner.
pub(crate) const KEEP: i64 = 0;
/// Gives it up; a message wakes the instance, one that waits already does so at once.
pub(crate) const SLEEP: i64 = 1;
/// Gives it up; nothing wakes the instance.
pub(crate) const REST: i64 = 2;
/// The same, and its messages go.
pub(crate) const END: i64 = 3;

/// What a clear takes away.
pub(crate) const CLEAR_TURNS: i64 = 1;
pub(crate) const CLEAR_INBOX: i64 = 2;
pub(crate) const CLEAR_TAGS: i64 = 4;

/// A wake time as a number: the earliest moment would read as "none".
fn wake_micros(at: Timestamp) -> i64 {
    at.unix_micros().max(ABSENT + 1)
}
