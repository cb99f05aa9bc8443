//! Counted work: what a batch costs does not depend on its size.

use durable_core::store::{
    Claim, Commit, Delivery, InstanceUpdate, NewInstance, Offer, Ownership, Recipient, Request, Status, Store, Subject,
};
use durable_core::{InstanceId, RequestId, Tags};
use durable_sqlite::{SqliteStore, Stats};

use crate::{apply, at, commit, instance, message, new, open, owned, place, send, turn, wait, worker};

/// Calls, statements and write transactions of one batch.
fn cost(store: &SqliteStore, batch: Vec<Commit>) -> (u64, u64, u64) {
    let before = store.stats();
    apply(store, batch);
    let after: Stats = store.stats();
    assert_eq!(after.batches - before.batches, 1);
    assert_eq!(after.slow_batches, before.slow_batches);
    (
        after.calls - before.calls,
        after.statements - before.statements,
        after.write_transactions - before.write_transactions,
    )
}

#[test]
fn a_batch_costs_the_same_whatever_its_size() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    // Reserves the keys, so that no batch below has to.
    let keys = apply(&store, (0..1_000).map(|n| new(&format!("i{n}"), Some(lease), Some(turn(0, 1)))).collect());
    let mut end = 1;
    for size in [1, 10, 1_000] {
        // The turns, with the check inside.
        let turns = keys[..size].iter().map(|key| owned(lease, *key, turn(end, 1)));
        assert_eq!(cost(&store, turns.collect()), (1, 1, 1), "{size} turns");
        // And the rows, and messages with their wake-ups.
        let update = InstanceUpdate {
            status: Status::Running,
            ownership: Ownership::Keep,
            parked_reason: None,
            crashes: 0,
            custom_status: None,
            mark: None,
        };
        let rich = keys[..size].iter().map(|key| {
            let commit = send(owned(lease, *key, turn(end + 1, 1)), "i0", 7);
            Commit { update: Some(update.clone()), now: at(1), ..commit }
        });
        assert_eq!(cost(&store, rich.collect()), (1, 7, 1), "{size} turns with updates and messages");
        // BEGIN, the instances and whether all were new, COMMIT.
        let starts = (0..size).map(|n| new(&format!("start-{size}-{n}"), None, None));
        assert_eq!(cost(&store, starts.collect()), (1, 4, 1), "{size} starts");
        // And their tags, and the requests and whether all were new.
        let tagged = (0..size).map(|n| {
            let id = format!("tagged-{size}-{n}");
            let mut tags = Tags::default();
            tags.insert("a", "b").unwrap();
            let request = Request { id: RequestId::new(&id).unwrap(), operation: "start".into() };
            let subject = Subject::New(NewInstance { tags, ..instance(&id, None) });
            Commit { request: Some(request), ..commit(subject, None) }
        });
        assert_eq!(cost(&store, tagged.collect()), (1, 7, 1), "{size} starts with tags and requests");
        for key in &keys[size..] {
            apply(&store, vec![owned(lease, *key, turn(end, 2))]);
        }
        end += 2;
    }
    // The inbox was written in full.
    assert_eq!(wait(store.inbox()).unwrap().len(), 1 + 10 + 1_000);
}

/// Messages that make instances, reports of their ends, and events from outside.
#[test]
fn fan_out_and_events_cost_the_same_whatever_their_number() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let parent = apply(&store, vec![new("p", Some(lease), Some(turn(0, 1)))])[0];
    let child = |n: u64, k: u64| format!("{n}-{k}");
    for (end, size) in (1..).zip([1, 10, 1_000]) {
        let mut fan_out = owned(lease, parent, turn(end, 1));
        fan_out.deliveries = (0..size)
            .map(|k| Delivery {
                to: Recipient::New { instance: instance(&child(size, k), None), refused: None },
                message: message(k),
            })
            .collect();
        // BEGIN, the check, the instances and whether all were new, the turn, the messages with
        // their wake-ups, COMMIT.
        assert_eq!(cost(&store, vec![fan_out]), (1, 8, 1), "{size} children");
        let offers = vec![Offer { name: "f".into(), version: String::new() }];
        let claimed = wait(store.claim(Claim { lease, offers, now: at(1), limit: 10_000 })).unwrap();
        assert_eq!(claimed.len() as u64, size);
        let done = InstanceUpdate {
            status: Status::Completed,
            ownership: Ownership::Release { wake_at: None },
            parked_reason: None,
            crashes: 0,
            custom_status: None,
            mark: None,
        };
        let reports = claimed.iter().map(|c| {
            let commit = send(owned(lease, c.record.key, turn(0, 2)), "p", 1);
            Commit { update: Some(done.clone()), consumed: c.inbox.iter().map(|m| m.id).collect(), ..commit }
        });
        // BEGIN, the check, the turns, what they consumed, the messages with their wake-ups, the
        // rows, what the ended have not consumed, COMMIT.
        assert_eq!(cost(&store, reports.collect()), (1, 9, 1), "{size} reports");
        // The slow path: BEGIN, the leases, the instances; the messages, COMMIT.
        let before = store.stats();
        let subject = Subject::Existing { id: InstanceId::new("p").unwrap(), unpark: true };
        let raise = |k| Commit {
            deliveries: vec![Delivery { to: Recipient::Subject, message: message(k) }],
            ..commit(subject.clone(), None)
        };
        apply(&store, (0..size).map(raise).collect());
        let after = store.stats();
        assert_eq!((after.calls - before.calls, after.statements - before.statements), (2, 5), "{size} events");
        assert_eq!(after.write_transactions - before.write_transactions, 1);
    }
    assert_eq!(wait(store.inbox()).unwrap().len(), 2 * 1_011);
}

#[test]
fn a_refused_commit_costs_two_calls_more_and_a_rollback() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let keys = apply(&store, (0..1_000).map(|n| new(&format!("i{n}"), Some(lease), Some(turn(0, 1)))).collect());
    for size in [10, 1_000] {
        let end = if size == 10 { 1 } else { 2 };
        let mut batch: Vec<_> = keys[..size].iter().map(|key| owned(lease, *key, turn(end, 1))).collect();
        batch.push(owned(lease, keys[0], turn(99, 1)));
        if size == 1_000 {
            apply(&store, keys[10..].iter().map(|key| owned(lease, *key, turn(1, 1))).collect());
        }
        let before = store.stats();
        let outcomes = wait(store.commit(batch)).unwrap();
        assert_eq!(outcomes.len(), size + 1);
        let after = store.stats();
        assert_eq!((after.slow_batches - before.slow_batches, after.rows - before.rows), (1, size as u64));
        assert_eq!((after.calls - before.calls, after.write_transactions - before.write_transactions), (4, 1));
    }
}

#[test]
fn an_idle_claim_locks_nothing() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let before = store.stats();
    let claim = Claim { lease, offers: vec![], now: at(5), limit: 10 };
    assert!(wait(store.claim(claim)).unwrap().is_empty());
    let after = store.stats();
    assert_eq!((after.calls - before.calls, after.write_transactions - before.write_transactions), (1, 0));
}
