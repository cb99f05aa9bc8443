//! The slow path: each commit is judged and carried out in order, on what was read of the
//! instances that the batch names; what is written is what they are in the end.

use std::collections::{HashMap, HashSet};

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{
    Commit, CommitOutcome, Delivery, Lease, NewInstance, NextExecution, Recipient, Request, Status, StoreError, Subject,
};
use durable_core::{
    EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, RequestId, Timestamp, WorkerId,
};

use crate::seal::Sealer;
use crate::writes::{CLEAR_INBOX, CLEAR_TAGS, CLEAR_TURNS, Encoded, Message, Row, Text, update_row};

/// An instance, as far as a batch needs to know it.
pub(crate) struct Known<'a> {
    pub(crate) row: Row<'a>,
    pub(crate) id: InstanceId,
    /// Whether its row in the table has a mark.
    pub(crate) is_marked: bool,
    pub(crate) next_seq: EventSeq,
    /// Stored messages of it that the batch names as consumed.
    pub(crate) named: usize,
    /// It has others besides.
    pub(crate) has_more: bool,
    /// All its stored messages, if it continues as new.
    pub(crate) stored: Vec<Stored>,
    changed: bool,
    /// Its wake time changed, and perhaps nothing else.
    woken: bool,
    /// What is stored of it goes.
    clears: i64,
    /// Its turns and messages of this batch, by their places in the plan.
    turns: Vec<usize>,
    puts: Vec<usize>,
}

/// A stored message.
pub(crate) struct Stored {
    pub(crate) id: MessageId,
    pub(crate) guarded: bool,
    pub(crate) codec: u32,
    pub(crate) body: Vec<u8>,
}

impl<'a> Known<'a> {
    pub(crate) fn new(row: Row<'a>, id: InstanceId, next_seq: EventSeq) -> Self {
        Self {
            row,
            id,
            is_marked: false,
            next_seq,
            named: 0,
            has_more: false,
            stored: Vec::new(),
            changed: false,
            woken: false,
            clears: 0,
            turns: Vec::new(),
            puts: Vec::new(),
        }
    }

    fn has_messages(&self) -> bool {
        let stored = self.named > 0 || self.has_more;
        (stored && self.clears & CLEAR_INBOX == 0) || !self.puts.is_empty()
    }
}

/// A request that was carried out.
pub(crate) struct Remembered {
    pub(crate) operation: String,
    pub(crate) id: InstanceId,
    pub(crate) key: InstanceKey,
    pub(crate) execution: ExecutionId,
}

/// What is known of everything that a batch names, as of the open transaction.
#[derive(Default)]
pub(crate) struct View<'a> {
    pub(crate) epochs: HashMap<WorkerId, LeaseEpoch>,
    pub(crate) instances: Vec<Known<'a>>,
    /// Places in `instances`.
    pub(crate) by_key: HashMap<InstanceKey, usize>,
    pub(crate) by_id: HashMap<&'a InstanceId, usize>,
    /// Whose the messages are that the batch consumes.
    pub(crate) consumed: HashMap<MessageId, InstanceKey>,
    pub(crate) requests: HashMap<&'a RequestId, Remembered>,
}

impl<'a> View<'a> {
    pub(crate) fn add(&mut self, known: Known<'a>) -> usize {
        let place = self.instances.len();
        self.by_key.insert(known.row.key, place);
        self.instances.push(known);
        place
    }
}

struct Put<'a> {
    to: InstanceKey,
    execution: Option<ExecutionId>,
    message: Message<'a>,
}

/// A batch on its way. What a later commit takes back leaves a gap.
struct Judge<'a, K> {
    view: View<'a>,
    keys: K,
    turns: Vec<Option<(InstanceKey, ExecutionId, &'a PackedTurn)>>,
    consumed: Vec<MessageId>,
    gone: HashSet<MessageId>,
    puts: Vec<Option<Put<'a>>>,
    /// Those of this batch, and when.
    requests: Vec<(&'a Request, Timestamp)>,
}

/// What becomes of each commit, and what is written: several lots if it is more than `bytes_max`.
///
/// New instances take the keys from `first_key` on.
pub(crate) fn judged(
    batch: &[Commit],
    view: View<'_>,
    first_key: i64,
    sealer: &Sealer,
    bytes_max: usize,
) -> Result<(Vec<CommitOutcome>, Vec<Encoded>), StoreError> {
    let keys = (first_key..).map(InstanceKey);
    let (turns, consumed, puts, requests) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut judge = Judge { view, keys, turns, consumed, gone: HashSet::new(), puts, requests };
    let outcomes = batch.iter().map(|commit| judge.apply(commit)).collect();
    Ok((outcomes, judge.encode(sealer, bytes_max)?))
}

impl<'a, K: Iterator<Item = InstanceKey>> Judge<'a, K> {
    fn apply(&mut self, commit: &'a Commit) -> CommitOutcome {
        if let Some(r) = commit.request.as_ref().and_then(|request| self.view.requests.get(&request.id)) {
            let Remembered { operation, id, key, execution } = r;
            let (operation, id) = (operation.clone(), id.clone());
            return CommitOutcome::Repeated { operation, id, key: *key, execution: *execution };
        }
        let place = match self.admit(commit) {
            Ok(place) => place,
            Err(refused) => return refused,
        };
        let now = commit.now;
        commit.consumed.iter().for_each(|id| self.consume(*id));
        self.append(place, commit.turn.as_ref().map(|turn| &turn.packed));
        let known = &mut self.view.instances[place];
        if let Some(update) = &commit.update {
            let messages_wait = known.has_messages();
            (known.changed, known.is_marked) = (true, update.mark.is_some());
            update_row(&mut known.row, update, messages_wait, now);
            if known.row.status.is_finished() {
                self.clear(place, CLEAR_INBOX);
            }
        }
        if let Some(next) = &commit.next {
            self.begin_next(place, next, now);
        }
        for delivery in &commit.deliveries {
            self.deliver(place, delivery, now);
        }
        let known = &self.view.instances[place];
        let (key, execution) = (known.row.key, known.row.execution);
        if let Some(request) = &commit.request {
            let remembered = Remembered { operation: request.operation.clone(), id: known.id.clone(), key, execution };
            self.view.requests.insert(&request.id, remembered);
            self.requests.push((request, now));
        }
        CommitOutcome::Applied { key, execution }
    }

    fn holds(&self, lease: Lease) -> bool {
        self.view.epochs.get(&lease.worker) == Some(&lease.epoch)
    }

    fn holder(&self, id: &InstanceId) -> Option<(usize, &Row<'a>)> {
        let place = *self.view.by_id.get(id)?;
        Some((place, &self.view.instances[place].row))
    }

    /// Checks the subject's condition; makes the instance if it is a new one.
    fn admit(&mut self, commit: &'a Commit) -> Result<usize, CommitOutcome> {
        match &commit.subject {
            Subject::Owned { lease, key } => {
                let place = *self.view.by_key.get(key).ok_or(CommitOutcome::Fenced)?;
                let known = &self.view.instances[place];
                if !self.holds(*lease) || known.row.owner != Some(lease.worker) {
                    return Err(CommitOutcome::Fenced);
                }
                let next_seq = known.next_seq;
                match &commit.turn {
                    Some(turn) if turn.execution != known.row.execution || turn.packed.seq != next_seq => {
                        Err(CommitOutcome::Conflict { next_seq })
                    }
                    _ => Ok(place),
                }
            }
            Subject::New(new) => {
                if new.owner.is_some_and(|lease| !self.holds(lease)) {
                    return Err(CommitOutcome::Fenced);
                }
                let holder = self.holder(&new.id).map(|(_, row)| row);
                if let Some(row) = holder.filter(|row| !is_replaced(row, new)) {
                    let (key, execution, status) = (row.key, row.execution, row.status);
                    return Err(CommitOutcome::AlreadyExists { key, execution, status });
                }
                let execution = holder.map_or(ExecutionId(0), |row| ExecutionId(row.execution.0 + 1));
                match &commit.turn {
                    Some(turn) if turn.packed.seq != EventSeq(0) => {
                        Err(CommitOutcome::Conflict { next_seq: EventSeq(0) })
                    }
                    Some(turn) if turn.execution != execution => Err(CommitOutcome::OtherExecution { execution }),
                    _ => Ok(self.create(new, commit.now)),
                }
            }
            Subject::Existing { id, unpark } => {
                let (place, row) = self.holder(id).ok_or(CommitOutcome::NotFound)?;
                let status = row.status;
                if status.is_finished() {
                    return Err(CommitOutcome::Finished { status });
                }
                let known = &mut self.view.instances[place];
                if *unpark && status == Status::Parked {
                    known.changed = true;
                    known.row.make_ready(commit.now);
                }
                if *unpark && status == Status::Pending {
                    known.woken = true;
                    known.row.wake_at = Some(commit.now);
                }
                if *unpark && (known.row.crashes > 0 || known.is_marked) {
                    known.changed = true;
                    (known.row.crashes, known.row.mark, known.is_marked) = (0, Text::Null, false);
                }
                Ok(place)
            }
            Subject::Finished { id, among } => {
                let (place, row) = self.holder(id).ok_or(CommitOutcome::NotFound)?;
                let status = row.status;
                if !status.is_finished() || !among.contains(status) {
                    return Err(CommitOutcome::NotAmong { status });
                }
                self.goes_on(place, commit.now);
                Ok(place)
            }
        }
    }

    /// An instance that has ended is ready again.
    fn goes_on(&mut self, place: usize, now: Timestamp) {
        let known = &mut self.view.instances[place];
        known.changed = true;
        known.row.make_ready(now);
    }

    /// A new instance, or a new execution in the place of one that has ended.
    fn create(&mut self, new: &'a NewInstance, now: Timestamp) -> usize {
        let holder = self.holder(&new.id).map(|(place, row)| (place, row.key, row.id, row.execution));
        let (key, id, execution) = match holder {
            Some((_, key, id, last)) => (key, id, ExecutionId(last.0 + 1)),
            None => (self.keys.next().unwrap_or_default(), Some(&new.id), ExecutionId(0)),
        };
        let row = Row { id, ..Row::new(key, new, execution, now) };
        let place = match holder {
            Some((place, ..)) => {
                self.clear(place, CLEAR_TURNS | CLEAR_INBOX | CLEAR_TAGS);
                let known = &mut self.view.instances[place];
                (known.row, known.changed, known.is_marked) = (row, true, false);
                place
            }
            None => {
                let place = self.view.add(Known::new(row, new.id.clone(), EventSeq(0)));
                self.view.by_id.insert(&new.id, place);
                place
            }
        };
        self.append(place, &new.history);
        place
    }

    /// Adds turns to the current execution.
    fn append(&mut self, place: usize, turns: impl IntoIterator<Item = &'a PackedTurn>) {
        let known = &mut self.view.instances[place];
        for turn in turns {
            known.next_seq = turn.seq.plus(turn.count);
            known.turns.push(self.turns.len());
            self.turns.push(Some((known.row.key, known.row.execution, turn)));
        }
    }

    /// Takes away what an instance has, stored or of this batch.
    fn clear(&mut self, place: usize, what: i64) {
        let known = &mut self.view.instances[place];
        known.clears |= what;
        if what & CLEAR_TURNS != 0 {
            known.next_seq = EventSeq(0);
            known.turns.drain(..).for_each(|n| self.turns[n] = None);
        }
        if what & CLEAR_INBOX != 0 {
            known.puts.drain(..).for_each(|n| self.puts[n] = None);
        }
    }

    fn consume(&mut self, id: MessageId) {
        if let Some(of) = self.view.consumed.remove(&id) {
            self.consumed.push(id);
            self.gone.insert(id);
            if let Some(place) = self.view.by_key.get(&of) {
                self.view.instances[*place].named -= 1;
            }
        }
    }

    /// Continue-as-new, or a rewind.
    fn begin_next(&mut self, place: usize, next: &'a NextExecution, now: Timestamp) {
        let known = &mut self.view.instances[place];
        known.changed = true;
        let row = &mut known.row;
        row.execution = ExecutionId(row.execution.0 + 1);
        (row.name, row.version, row.updated_at) = (Text::Is(&next.name), Text::Is(&next.version), now);
        // The new messages come before those that wait: these are numbered anew.
        let stored = if known.clears & CLEAR_INBOX == 0 { std::mem::take(&mut known.stored) } else { Vec::new() };
        let stored = stored.into_iter().filter(|m| !m.guarded && !self.gone.contains(&m.id));
        let mut waiting: Vec<Message<'a>> = stored.map(|m| Message::Stored { codec: m.codec, body: m.body }).collect();
        let puts = known.puts.drain(..).filter_map(|n| self.puts[n].take());
        waiting.extend(puts.filter(|put| put.execution.is_none()).map(|put| put.message));
        self.clear(place, if next.keeps { CLEAR_INBOX } else { CLEAR_TURNS | CLEAR_INBOX });
        self.view.instances[place].next_seq = EventSeq(0);
        self.append(place, &next.history);
        for message in &next.messages {
            self.put(place, None, Message::Event(message));
        }
        for message in waiting {
            self.put(place, None, message);
        }
    }

    fn deliver(&mut self, subject: usize, delivery: &'a Delivery, now: Timestamp) {
        let (place, message, execution): (usize, &'a Event, _) = match &delivery.to {
            Recipient::Subject => (subject, &delivery.message, None),
            Recipient::Id { id, execution } => match self.view.by_id.get(id) {
                Some(place) => (*place, &delivery.message, *execution),
                None => return,
            },
            Recipient::Finished { id } => match self.holder(id) {
                Some((place, row)) if row.status.is_finished() => {
                    self.goes_on(place, now);
                    (place, &delivery.message, None)
                }
                _ => return,
            },
            Recipient::New { instance, refused } => match (self.holder(&instance.id), refused) {
                (Some((_, row)), Some(refused)) if !is_replaced(row, instance) => (subject, refused, None),
                (Some((_, row)), None) if !is_replaced(row, instance) => return,
                _ => (self.create(instance, now), &delivery.message, None),
            },
        };
        let known = &mut self.view.instances[place];
        let row = &mut known.row;
        if row.status.is_finished() || execution.is_some_and(|e| e != row.execution) {
            return;
        }
        if row.owner.is_none() && row.status != Status::Pending {
            let wake_at = Some(row.wake_at.map_or(now, |at| at.min(now)));
            known.woken |= wake_at != row.wake_at && row.status != Status::Parked;
            row.wake_at = wake_at;
            row.settle();
        }
        self.put(place, execution, Message::Event(message));
    }

    fn put(&mut self, place: usize, execution: Option<ExecutionId>, message: Message<'a>) {
        let known = &mut self.view.instances[place];
        known.puts.push(self.puts.len());
        self.puts.push(Some(Put { to: known.row.key, execution, message }));
    }

    /// The lots are carried out one after the other, and in each the parts in this order.
    fn encode(self, sealer: &Sealer, bytes_max: usize) -> Result<Vec<Encoded>, StoreError> {
        let mut lots = Lots { full: Vec::new(), current: Encoded::new(sealer), sealer, bytes_max };
        for known in &self.view.instances {
            if known.clears != 0 && known.row.id.is_none() {
                lots.current().clears.push([known.row.key.0, known.clears]);
            }
        }
        for known in self.view.instances.iter().filter(|known| known.row.id.is_some()) {
            lots.current().insert(&known.row)?;
        }
        for (key, execution, turn) in self.turns.into_iter().flatten() {
            lots.current().turn(key, execution, turn);
        }
        for id in &self.consumed {
            lots.current().consumed.push([id.0]);
        }
        for put in self.puts.into_iter().flatten() {
            lots.current().put(put.to, put.execution, &put.message)?;
        }
        for known in self.view.instances.iter().filter(|known| known.row.id.is_none()) {
            if known.changed {
                lots.current().row(&known.row)?;
            } else if known.woken {
                lots.current().wake(&known.row);
            }
        }
        for (request, now) in &self.requests {
            if let Some(Remembered { id, key, execution, .. }) = self.view.requests.get(&request.id) {
                lots.current().request(request, id, (*key, *execution), *now);
            }
        }
        if lots.current.count() > 0 {
            lots.full.push(lots.current);
        }
        Ok(lots.full)
    }
}

/// Whether a new instance may take the place of this one.
fn is_replaced(holder: &Row<'_>, new: &NewInstance) -> bool {
    holder.status.is_finished() && new.replaces.contains(holder.status)
}

struct Lots<'a> {
    full: Vec<Encoded>,
    current: Encoded,
    sealer: &'a Sealer,
    bytes_max: usize,
}

impl Lots<'_> {
    /// The one that the next row goes to.
    fn current(&mut self) -> &mut Encoded {
        if self.current.bytes() > self.bytes_max {
            let next = Encoded::new(self.sealer);
            self.full.push(std::mem::replace(&mut self.current, next));
        }
        &mut self.current
    }
}
