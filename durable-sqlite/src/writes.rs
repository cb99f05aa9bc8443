//! What a batch writes, after it was decided which of its commits apply.

use std::collections::HashSet;

use durable_core::history::{CODEC_VERSION, PackedTurn};
use durable_core::store::{Commit, InstanceUpdate, NewInstance, Ownership, Recipient, Status, StoreError};
use durable_core::{ExecutionId, InstanceKey, MessageId, Timestamp};

use crate::records::{ABSENT, Records};

/// Rows to write, in the order of the commits.
#[derive(Default)]
pub(crate) struct Writes<'a> {
    replaced: Vec<InstanceKey>,
    inserts: Vec<Row<'a>>,
    turns: Vec<(InstanceKey, ExecutionId, &'a PackedTurn)>,
    consumed: Vec<(InstanceKey, MessageId)>,
    deliveries: Vec<(InstanceKey, Timestamp, &'a durable_core::history::Event)>,
    updates: Vec<Row<'a>>,
    /// Instances that this batch has ended: what comes to them later is dropped.
    finished: HashSet<InstanceKey>,
}

/// An instance's row, or what changes in it.
struct Row<'a> {
    key: InstanceKey,
    execution: ExecutionId,
    new: Option<&'a NewInstance>,
    status: Status,
    parked_reason: Option<&'a str>,
    crashes: u32,
    owner: Option<i64>,
    released: bool,
    wake_at: Option<Timestamp>,
    now: Timestamp,
}

impl Row<'_> {
    /// Only what sleeps and may run has a wake time, and what has ended has no owner: the index
    /// `ready` relies on it.
    fn settle(mut self) -> Self {
        if self.status.is_finished() {
            (self.owner, self.released) = (None, true);
        }
        if self.owner.is_some() || self.status.is_finished() || self.status == Status::Parked {
            self.wake_at = None;
        }
        self
    }
}

impl<'a> Writes<'a> {
    /// Adds a commit of an instance that the caller owns.
    pub(crate) fn owned(&mut self, key: InstanceKey, execution: ExecutionId, commit: &'a Commit) {
        if let Some(update) = &commit.update {
            let row = update_row(key, execution, update, commit.now);
            self.updates.retain(|earlier| earlier.key != key);
            self.note_end(&row);
            self.updates.push(row);
        }
        self.body(key, execution, commit);
    }

    /// Adds a commit that makes an instance.
    pub(crate) fn create(
        &mut self,
        key: InstanceKey,
        execution: ExecutionId,
        new: &'a NewInstance,
        commit: &'a Commit,
    ) {
        let owner = new.owner.map(|lease| lease.worker.0);
        let mut row = Row {
            key,
            execution,
            new: Some(new),
            status: if owner.is_some() { Status::Running } else { Status::Pending },
            parked_reason: None,
            crashes: 0,
            owner,
            released: owner.is_none(),
            wake_at: owner.is_none().then_some(commit.now),
            now: commit.now,
        };
        if let Some(update) = &commit.update {
            let changed = update_row(key, execution, update, commit.now);
            let to_itself = |recipient: &Recipient| *recipient == Recipient::Subject;
            if changed.released {
                let mail = commit.deliveries.iter().any(|d| to_itself(&d.to));
                row.owner = None;
                row.wake_at = if mail { Some(commit.now) } else { changed.wake_at };
            }
            row = Row { status: changed.status, parked_reason: changed.parked_reason, crashes: changed.crashes, ..row };
        }
        let row = row.settle();
        self.finished.remove(&key);
        self.note_end(&row);
        self.inserts.push(row);
        self.body(key, execution, commit);
    }

    /// Takes everything of an ended instance away, to put a new execution in its place.
    pub(crate) fn replace(&mut self, key: InstanceKey) {
        self.inserts.retain(|row| row.key != key);
        self.turns.retain(|(of, ..)| *of != key);
        self.consumed.retain(|(of, _)| *of != key);
        self.deliveries.retain(|(to, ..)| *to != key);
        self.updates.retain(|row| row.key != key);
        self.replaced.push(key);
    }

    fn note_end(&mut self, row: &Row<'_>) {
        if row.status.is_finished() {
            self.finished.insert(row.key);
        }
    }

    fn body(&mut self, key: InstanceKey, execution: ExecutionId, commit: &'a Commit) {
        if let Some(turn) = &commit.turn {
            self.turns.push((key, execution, &turn.packed));
        }
        self.consumed.extend(commit.consumed.iter().map(|id| (key, *id)));
        for delivery in &commit.deliveries {
            let to = match delivery.to {
                Recipient::Subject => key,
                Recipient::Instance(to) => to,
            };
            if !self.finished.contains(&to) {
                self.deliveries.push((to, commit.now, &delivery.message));
            }
        }
    }

    /// As parameters for the scripts of [`crate::sql`].
    pub(crate) fn encode(&self) -> Result<Encoded, StoreError> {
        let mut e = Encoded {
            replaced: Records::with_capacity(self.replaced.len()),
            inserts: Records::with_capacity(self.inserts.len()),
            turns: Records::with_capacity(self.turns.len()),
            consumed: Records::with_capacity(self.consumed.len()),
            deliveries: Records::with_capacity(self.deliveries.len()),
            updates: Records::with_capacity(self.updates.len()),
        };
        self.replaced.iter().for_each(|key| e.replaced.push([key.0]));
        self.inserts.iter().for_each(|row| e.insert(row));
        e.turns.texts.reserve(self.turns.iter().map(|(.., turn)| turn.body.len()).sum());
        for (key, execution, turn) in &self.turns {
            let [at, len] = e.turns.text(&turn.body);
            let (seq, count, codec) = (turn.seq.0 as i64, turn.count as i64, i64::from(turn.codec));
            e.turns.push([key.0, i64::from(execution.0), seq, count, codec, at, len]);
        }
        self.consumed.iter().for_each(|(_, id)| e.consumed.push([id.0]));
        for (to, now, message) in &self.deliveries {
            let json = serde_json::to_string(message)
                .map_err(|error| StoreError::Other(format!("a message cannot be written as JSON: {error}")))?;
            let [at, len] = e.deliveries.text(&json);
            e.deliveries.push([to.0, now.unix_micros(), i64::from(CODEC_VERSION), at, len]);
        }
        self.updates.iter().for_each(|row| e.update(row));
        Ok(e)
    }
}

fn update_row(key: InstanceKey, execution: ExecutionId, update: &InstanceUpdate, now: Timestamp) -> Row<'_> {
    let (released, wake_at) = match update.ownership {
        Ownership::Keep => (false, None),
        Ownership::Release { wake_at } => (true, wake_at),
    };
    let (status, crashes) = (update.status, update.crashes);
    let parked_reason = update.parked_reason.as_deref();
    Row { key, execution, new: None, status, parked_reason, crashes, owner: None, released, wake_at, now }.settle()
}

/// Rows as parameters.
pub(crate) struct Encoded {
    pub(crate) replaced: Records<1>,
    pub(crate) inserts: Records<16>,
    pub(crate) turns: Records<7>,
    pub(crate) consumed: Records<1>,
    pub(crate) deliveries: Records<5>,
    pub(crate) updates: Records<9>,
}

impl Encoded {
    fn insert(&mut self, row: &Row<'_>) {
        let Some(new) = row.new else { return };
        let [id, id_len] = self.inserts.text(new.id.as_str());
        let [name, name_len] = self.inserts.text(&new.name);
        let [version, version_len] = self.inserts.text(&new.version);
        let [status, status_len] = self.inserts.text(row.status.as_str());
        let [reason, reason_len] = self.inserts.text_or_absent(row.parked_reason);
        self.inserts.push([
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
            row.now.unix_micros(),
            row.owner.unwrap_or(ABSENT),
            row.wake_at.map_or(ABSENT, wake_micros),
            i64::from(row.crashes),
        ]);
    }

    fn update(&mut self, row: &Row<'_>) {
        let [status, status_len] = self.updates.text(row.status.as_str());
        let [reason, reason_len] = self.updates.text_or_absent(row.parked_reason);
        let may_run = !row.status.is_finished() && row.status != Status::Parked;
        let release = match (row.released, may_run) {
            (false, _) => KEEP,
            (true, true) => SLEEP,
            (true, false) => REST,
        };
        let wake_at = row.wake_at.map_or(ABSENT, wake_micros);
        let (now, crashes) = (row.now.unix_micros(), i64::from(row.crashes));
        self.updates.push([row.key.0, status, status_len, reason, reason_len, crashes, release, wake_at, now]);
    }

    pub(crate) fn rows(&self) -> u64 {
        let counts = [
            self.replaced.len(),
            self.inserts.len(),
            self.turns.len(),
            self.consumed.len(),
            self.deliveries.len(),
            self.updates.len(),
        ];
        counts.into_iter().sum::<usize>() as u64
    }

    pub(crate) fn bytes(&self) -> u64 {
        (self.turns.texts.len() + self.deliveries.texts.len()) as u64
    }
}

/// What an update does with the owner.
pub(crate) const KEEP: i64 = 0;
/// Gives it up; a message wakes the instance, one that waits already does so at once.
pub(crate) const SLEEP: i64 = 1;
/// Gives it up; nothing wakes the instance.
pub(crate) const REST: i64 = 2;

/// A wake time as a number: the earliest moment would read as "none".
fn wake_micros(at: Timestamp) -> i64 {
    at.unix_micros().max(ABSENT + 1)
}
