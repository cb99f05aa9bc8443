//! Rows that somebody else has written: each gives a typed error, and stops nothing else.

use durable_core::store::{Claim, Offer, Status, Store, StoreErrorKind};
use durable_core::{ExecutionId, InstanceId};

use crate::{apply, at, new, open, owned, place, query, send, turn, wait, worker};

/// After this change a claim still gets the healthy instance, and the other is parked.
#[track_caller]
fn check_parked(change: &str, says: &str) {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let keys =
        apply(&store, vec![new("broken", Some(lease), Some(turn(0, 1))), new("well", Some(lease), Some(turn(0, 1)))]);
    apply(&store, vec![send(owned(lease, keys[1], turn(1, 1)), "broken", 1)]);
    wait(store.release_worker(lease, at(0))).unwrap();
    query(&path, &format!("{change}; SELECT 1"));
    let lease = worker(&store);
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let claimed = wait(store.claim(Claim { lease, offers: offers.clone(), now: at(1), limit: 10 })).unwrap();
    assert_eq!(claimed.iter().map(|c| c.record.id.as_str()).collect::<Vec<_>>(), ["well"], "{change}");
    let broken = wait(store.instance(InstanceId::new("broken").unwrap())).unwrap().unwrap();
    assert_eq!((broken.status, broken.owner), (Status::Parked, None), "{change}");
    let reason = broken.parked_reason.unwrap();
    assert!(reason.contains(says), "{reason:?} does not say {says:?}");
    // It can be tried again, and the reason is found again.
    assert_eq!(wait(store.unpark(offers.clone(), at(2))), Ok(1));
    assert!(wait(store.claim(Claim { lease, offers, now: at(2), limit: 10 })).unwrap().is_empty());
    apply(&store, vec![owned(lease, keys[1], turn(2, 1))]);
}

#[test]
fn an_unreadable_instance_is_parked_and_holds_up_no_other() {
    check_parked("UPDATE durable_turns SET events = CAST(x'ff' AS TEXT) WHERE instance = 1", "utf-8");
    check_parked("UPDATE durable_turns SET count = -1 WHERE instance = 1", "out of range");
    check_parked("UPDATE durable_inbox SET message = 'x'", "message 1 to instance 1 cannot be read");
    check_parked("UPDATE durable_inbox SET message = '{\"Later\":{}}'", "unknown variant");
    check_parked("UPDATE durable_inbox SET codec = 77", "run a newer build");
}

#[test]
fn a_damaged_row_is_a_typed_error() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let key = apply(&store, vec![new("a", Some(lease), Some(turn(0, 1)))])[0];
    apply(&store, vec![new("b", Some(lease), Some(turn(0, 1)))]);
    query(
        &path,
        "UPDATE durable_instances SET status = 'Odd' WHERE key = 1; UPDATE durable_turns SET events = CAST(x'ff' AS TEXT) WHERE instance = 1; SELECT 1",
    );
    let corrupt = Some(StoreErrorKind::Corrupt);
    assert_eq!(wait(store.instance(InstanceId::new("a").unwrap())).err().map(|e| e.kind()), corrupt);
    assert_eq!(wait(store.history(key, ExecutionId(0))).err().map(|e| e.kind()), corrupt);
    assert!(wait(store.instance(InstanceId::new("b").unwrap())).is_ok());
}
