//! What must hold of every hub, whatever was done to it.

use std::collections::BTreeSet;

use durable::history::{Event, PackedTurn, Turn};
use durable::store::{InstanceRecord, Status, Store};
use durable::{InstanceKey, TaskId};

/// All instances of a hub.
pub(crate) async fn instances(store: &dyn Store) -> Vec<InstanceRecord> {
    let mut all: Vec<InstanceRecord> = Vec::new();
    loop {
        let after = all.last().map_or(InstanceKey(0), |r| r.key);
        let more = store.instances(after, 500).await.unwrap();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

pub(crate) async fn turns(store: &dyn Store, record: &InstanceRecord) -> Vec<Turn> {
    let packed = store.history(record.key, record.execution).await.unwrap();
    packed.iter().map(|p: &PackedTurn| p.unpack().unwrap()).collect()
}

/// The calls whose completion is recorded.
pub(crate) fn completed(turns: &[Turn]) -> BTreeSet<TaskId> {
    let messages = turns.iter().flat_map(|t| &t.messages);
    messages.filter(|e| matches!(e, Event::TaskCompleted { .. })).filter_map(Event::task).collect()
}

/// Histories are contiguous, every operation is resolved at most once, an end is the end, and
/// rows say what the histories say. May be asked while workers run.
pub(crate) async fn check(store: &dyn Store) {
    for record in instances(store).await {
        let turns = turns(store, &record).await;
        let id = &record.id;
        let mut next = durable::EventSeq(0);
        for turn in &turns {
            assert_eq!(turn.seq, next, "{id}: a gap in the history");
            next = turn.next_seq();
        }
        let mut resolved = BTreeSet::new();
        for message in turns.iter().flat_map(|t| &t.messages) {
            if let Event::TaskCompleted { id: task, .. } = message {
                assert!(resolved.insert(*task), "{id}: {task} completed twice");
            }
        }
        let ends = turns.iter().flat_map(|t| &t.decisions).filter(|e| e.is_terminal()).count();
        assert!(ends <= 1, "{id} ended {ends} times");
        let is_ended = turns.last().is_some_and(|t| t.terminal().is_some());
        assert_eq!(ends == 1, is_ended, "{id} goes on after its end");
        if record.status.is_finished() {
            assert!(is_ended, "{id} is {} but its history has no end", record.status);
            assert_eq!(record.owner, None, "{id} has ended and still has an owner");
        }
        assert_eq!(record.status == Status::Parked, record.parked_reason.is_some(), "{id}");
    }
}

/// As [`check`], and all that was started has completed; the hub is at rest.
pub(crate) async fn check_all_completed(store: &dyn Store) {
    check(store).await;
    for record in instances(store).await {
        assert_eq!(record.status, Status::Completed, "{}: {:?}", record.id, record.parked_reason);
    }
    assert_eq!(store.inbox().await.unwrap(), [], "nothing is left in the inbox");
}
