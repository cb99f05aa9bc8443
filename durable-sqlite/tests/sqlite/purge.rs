//! Purge: everything of an instance goes, in batches of bounded cost, beside running work.

use std::sync::atomic::{AtomicBool, Ordering};

use durable_core::limits::PURGE_BATCH;
use durable_core::store::{
    Commit, CommitOutcome, InstanceFilter, InstanceQuery, InstanceUpdate, NewInstance, Ownership, Request, Status,
    StatusSet, Store, Subject, TurnWrite,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, RequestId, Tags};

use crate::{apply, at, message, new, open, owned, place, query, turn, wait, worker};

fn finished(id: &str, lease: durable_core::store::Lease) -> Commit {
    let mut tags = Tags::default();
    tags.insert("customer", id).unwrap();
    tags.insert("a \"b\"", "c").unwrap();
    let instance = NewInstance { tags, ..crate::instance(id, Some(lease)) };
    let update = InstanceUpdate {
        status: Status::Completed,
        ownership: Ownership::Release { wake_at: None },
        parked_reason: None,
        crashes: 0,
        custom_status: None,
        mark: None,
    };
    let turn = TurnWrite { execution: ExecutionId(0), packed: turn(0, 2) };
    let request = Some(Request { id: RequestId::new(id).unwrap(), operation: "start".into() });
    Commit { turn: Some(turn), update: Some(update), request, ..Commit::new(Subject::New(instance), at(0)) }
}

#[test]
fn a_hundred_thousand_go_in_batches_while_others_run() {
    let scale: usize = std::env::var("PURGE_INSTANCES").map_or(20_000, |n| n.parse().unwrap());
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    for first in (0..scale).step_by(4_000) {
        apply(&store, (first..scale.min(first + 4_000)).map(|n| finished(&format!("old{n}"), lease)).collect());
    }
    let running = apply(&store, (0..20).map(|n| new(&format!("r{n}"), Some(lease), Some(turn(0, 1)))).collect());
    let stop = AtomicBool::new(false);
    let turns = std::thread::scope(|scope| {
        let committing = scope.spawn(|| {
            let mut seq = 1;
            while !stop.load(Ordering::Relaxed) {
                apply(&store, running.iter().map(|key| owned(lease, *key, turn(seq, 1))).collect());
                seq += 1;
            }
            seq
        });
        let filter = InstanceFilter { statuses: StatusSet::FINISHED, ..InstanceFilter::default() };
        let page = InstanceQuery { filter, descending: false, after: None, limit: PURGE_BATCH };
        let mut batches = 0;
        loop {
            let old = wait(store.query(page.clone())).unwrap().instances;
            if old.is_empty() {
                break;
            }
            let named: Vec<_> = old.iter().map(|r| (r.key, r.execution)).collect();
            assert_eq!(wait(store.purge(named)).unwrap(), old.len() as u64);
            batches += 1;
        }
        assert_eq!(batches, scale.div_ceil(PURGE_BATCH));
        stop.store(true, Ordering::Relaxed);
        committing.join().unwrap()
    });
    assert!(turns > 10, "{turns}: nobody else got through");
    let left = "SELECT (SELECT count(*) FROM durable_instances), (SELECT count(DISTINCT instance) FROM durable_turns), \
        (SELECT count(*) FROM durable_inbox), (SELECT count(*) FROM durable_tags)";
    assert_eq!(query(&path, left), [["20", "20", "0", "0"]]);
    // A request outlives what it was about, until it is forgotten.
    let outcomes = wait(store.commit(vec![finished("old7", lease)])).unwrap();
    assert!(matches!(&outcomes[0], CommitOutcome::Repeated { id, .. } if id.as_str() == "old7"), "{outcomes:?}");
    assert_eq!(wait(store.forget_requests(at(0), scale)).unwrap(), 0);
    assert_eq!(wait(store.forget_requests(at(1), 7)).unwrap(), 7);
    assert_eq!(wait(store.forget_requests(at(1), scale)).unwrap(), scale as u64 - 7);
    apply(&store, vec![finished("old7", lease)]);
}

/// One call and one transaction, whatever the size; and what is named wrongly stays.
#[test]
fn a_purge_is_one_transaction_of_six_statements() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let keys = apply(&store, (0..1_000).map(|n| finished(&format!("i{n}"), lease)).collect());
    let running = apply(&store, vec![crate::send(new("r", Some(lease), Some(turn(0, 1))), "r", 1)])[0];
    let mut rest = &keys[..];
    for size in [1, 10, 900] {
        let (batch, others) = rest.split_at(size);
        rest = others;
        let mut named: Vec<_> = batch.iter().map(|key| (*key, ExecutionId(0))).collect();
        named.extend([(running, ExecutionId(0)), (rest[0], ExecutionId(1)), (InstanceKey(77_777), ExecutionId(0))]);
        let before = store.stats();
        assert_eq!(wait(store.purge(named)).unwrap(), size as u64);
        let after = store.stats();
        assert_eq!((after.calls - before.calls, after.statements - before.statements), (1, 6), "{size}");
    }
    assert_eq!(wait(store.purge(vec![])).unwrap(), 0);
    assert_eq!(wait(store.inbox()).unwrap().into_iter().map(|m| m.message).collect::<Vec<_>>(), [message(1)]);
    let counts = "SELECT (SELECT count(*) FROM durable_instances), (SELECT count(*) FROM durable_tags), \
        (SELECT count(*) FROM durable_turns)";
    assert_eq!(query(&path, counts), [["90", "178", "90"]]);
    let id = InstanceId::new("i0").unwrap();
    assert_eq!(wait(store.instance(id)).unwrap(), None);
}
