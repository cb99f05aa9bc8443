//! What only shows over time: I1 (an event never changes), I6 and I10.

use std::collections::BTreeMap;

use durable_core::history::{Event, PackedTurn};
use durable_core::store::Status;
use durable_core::{ExecutionId, InstanceKey, LeaseEpoch, WorkerId};

use super::{InstanceState, Report, Snapshot, Violation};

/// Is shown one snapshot after the other, and compares.
#[derive(Debug, Default)]
pub struct Observer {
    epochs: BTreeMap<WorkerId, LeaseEpoch>,
    last_worker: Option<WorkerId>,
    seen: BTreeMap<InstanceKey, Seen>,
    report: Report,
}

#[derive(Debug)]
struct Seen {
    execution: ExecutionId,
    status: Status,
    turns: Vec<PackedTurn>,
    /// Of the executions that were kept.
    earlier: Vec<(ExecutionId, Vec<PackedTurn>)>,
    /// The external events that it has seen, and those that wait for it.
    events: Vec<Event>,
}

impl Seen {
    /// The turns of an execution, if there were any.
    fn of(&self, execution: ExecutionId) -> Option<&[PackedTurn]> {
        let earlier = self.earlier.iter().find(|(e, _)| *e == execution).map(|(_, turns)| turns.as_slice());
        earlier.or_else(|| (execution == self.execution).then_some(&self.turns))
    }
}

impl Observer {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the store as it is now.
    pub fn observe(&mut self, snapshot: &Snapshot) {
        self.workers(snapshot);
        for state in &snapshot.instances {
            let r = &state.record;
            let now = Seen {
                execution: r.execution,
                status: r.status,
                turns: state.turns.clone(),
                earlier: state.earlier.clone(),
                events: events(state, snapshot),
            };
            let Some(before) = self.seen.insert(r.key, now) else { continue };
            if r.execution < before.execution {
                let what = format!("its execution went back from {} to {}", before.execution, r.execution);
                self.report.add("I5", Some(&r.id), what);
            }
            for (execution, turns) in &state.earlier {
                if !before.of(*execution).is_none_or(|before| turns.starts_with(before)) {
                    let what = format!("events of execution {execution} have changed or are gone");
                    self.report.add("I1", Some(&r.id), what);
                }
            }
            if r.execution != before.execution {
                // Whether the one before had finished in between, nobody can say from outside.
                continue;
            }
            if !state.turns.starts_with(&before.turns) {
                self.report.add("I1", Some(&r.id), "events that were there have changed or are gone");
            }
            if !self.seen.get(&r.key).is_some_and(|now| is_prefix(&before.events, &now.events, r.status)) {
                self.report.add("I15", Some(&r.id), "external events were lost, or are not in order of arrival");
            }
            // It may be made ready to take a message, but this execution has its end.
            let goes_on = matches!(r.status, Status::Running | Status::Parked) && snapshot.is_to_rewind(r.key);
            let is_same = r.status == before.status || goes_on;
            if before.status.is_finished() && (!is_same || state.turns.len() != before.turns.len()) {
                self.report.add("I6", Some(&r.id), "it went on after its end");
            }
        }
        for (key, seen) in &self.seen {
            if snapshot.instances.binary_search_by_key(key, |i| i.record.key).is_err() {
                let what = format!("instance {key}, {}, is gone", seen.status);
                self.report.add("I9", None, what);
            }
        }
        self.seen.retain(|key, _| snapshot.instances.binary_search_by_key(key, |i| i.record.key).is_ok());
    }

    /// This instance was purged: from now on it is not there.
    pub fn purged(&mut self, key: InstanceKey) {
        self.seen.remove(&key);
    }

    /// I10: epochs only grow, and a worker's number is never given again.
    fn workers(&mut self, snapshot: &Snapshot) {
        for w in &snapshot.workers {
            match self.epochs.insert(w.id, w.epoch) {
                Some(before) if w.epoch < before => {
                    let what = format!("the epoch of worker {} went back from {before} to {}", w.id, w.epoch);
                    self.report.add("I10", None, what);
                }
                None if self.last_worker >= Some(w.id) => {
                    self.report.add("I10", None, format!("worker {} was gone and is there again", w.id));
                }
                _ => {}
            }
        }
        self.epochs.retain(|id, _| snapshot.workers.iter().any(|w| w.id == *id));
        self.last_worker = self.last_worker.max(snapshot.workers.iter().map(|w| w.id).max());
    }

    /// What is wrong so far.
    pub fn violations(&self) -> &[Violation] {
        self.report.violations()
    }
}

/// The external events of an instance: those that it has seen, then those that wait.
fn events(state: &InstanceState, snapshot: &Snapshot) -> Vec<Event> {
    let turns = state.turns.iter().filter_map(|t| t.unpack().ok());
    let seen = turns.flat_map(|t| t.messages);
    let waiting = snapshot.inbox.iter().filter(|m| m.to == state.record.key).map(|m| m.message.clone());
    seen.chain(waiting).filter(|e| matches!(e, Event::EventRaised { .. })).collect()
}

/// Events are only ever added at the end; with the end of an instance those go that wait.
fn is_prefix(before: &[Event], now: &[Event], status: Status) -> bool {
    now.starts_with(before) || (status.is_finished() && before.starts_with(now))
}
