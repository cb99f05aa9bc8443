//! Instances that have finished, and take messages again.

use durable_core::ExecutionId;
use durable_core::store::{CommitOutcome, NewInstance, Status, StatusSet};

use super::fixture::{
    CommitExt, Hub, at, ended, finished, ids, instance, message, new, owned, raise, revive, tags, to, to_finished, turn,
};

const FINISHED: [Status; 3] = [Status::Completed, Status::Failed, Status::Terminated];

pub(super) async fn the_finished_take_messages_on_request(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("well", None)).await;
    for status in FINISHED {
        for (n, among) in [StatusSet::from(status), StatusSet::FINISHED, StatusSet::ALL].into_iter().enumerate() {
            let name = format!("{status}-{n}");
            let key = hub.make(&name, status, lease).await;
            let outcome = hub.commit(revive(&name, among, message(1)).deliver(to("well", message(2)))).await;
            assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(0) }, "{name}");
            assert_eq!(hub.inbox_of(&name).await, [message(1)]);
        }
    }
    assert_eq!(hub.inbox_of("well").await.len(), 9);
}

pub(super) async fn what_has_not_finished_so_is_refused(hub: Hub) {
    let lease = hub.worker("w").await;
    hub.applied(new("well", None)).await;
    let send = |name: &str, among| revive(name, among, message(1)).deliver(to("well", message(2)));
    assert_eq!(hub.commit(send("nobody", StatusSet::ALL)).await, CommitOutcome::NotFound);
    for status in Status::ALL {
        let name = status.as_str();
        hub.make(name, status, lease).await;
        let before = hub.record(name).await;
        for among in Status::ALL.into_iter().map(StatusSet::from).chain([StatusSet::NONE, StatusSet::UNFINISHED]) {
            if !status.is_finished() || !among.contains(status) {
                assert_eq!(hub.commit(send(name, among)).await, CommitOutcome::NotAmong { status });
            }
        }
        if !status.is_finished() {
            assert_eq!(hub.commit(send(name, StatusSet::ALL)).await, CommitOutcome::NotAmong { status });
        }
        assert_eq!(hub.record(name).await, before);
    }
    assert!(hub.inbox().await.is_empty());
}

pub(super) async fn a_revived_instance_is_made_ready(hub: Hub) {
    let lease = hub.worker("w").await;
    let start = new("a", Some(lease)).tagged(tags(&[("customer", "1")])).turn(0, turn(0, 2)).at(at(1));
    let mut end = ended(Status::Failed);
    end.custom_status = Some(durable_core::Payload::null());
    let key = hub.applied(start.update(end)).await;
    let before = hub.record("a").await;
    assert_eq!(hub.store.next_wake().await, Ok(None));
    hub.applied(revive("a", Status::Failed.into(), message(1)).at(at(7))).await;
    let r = hub.record("a").await;
    assert_eq!((r.status, r.owner, r.wake_at, r.updated_at), (Status::Running, None, Some(at(7)), at(7)));
    let (wake_at, status, updated_at) = (before.wake_at, before.status, before.updated_at);
    assert_eq!(durable_core::store::InstanceRecord { wake_at, status, updated_at, ..r }, before);
    assert_eq!((hub.turns(key, 0).await, hub.executions(key).await), (vec![0], vec![0]));
    assert_eq!(hub.store.next_wake().await, Ok(Some(at(7))));
    // It is as any other that runs: its id is taken, it takes messages, it is claimed, it ends.
    let taken = CommitOutcome::AlreadyExists { key, execution: ExecutionId(0), status: Status::Running };
    assert_eq!(hub.commit(new("a", None)).await, taken);
    hub.applied(raise("a", message(2)).at(at(8))).await;
    assert!(hub.claim(lease, at(6)).await.is_empty());
    let claimed = hub.claim(lease, at(7)).await;
    assert_eq!((ids(&claimed), &claimed[0].turns), (vec!["a"], &vec![turn(0, 2)]));
    assert_eq!(claimed[0].inbox.iter().map(|m| m.message.clone()).collect::<Vec<_>>(), [message(1), message(2)]);
    hub.applied(owned(lease, key).consume(&claimed[0].inbox[..1]).update(ended(Status::Failed))).await;
    assert!(hub.inbox().await.is_empty());
    assert_eq!((hub.record("a").await.status, hub.turns(key, 0).await), (Status::Failed, vec![0]));
}

pub(super) async fn of_two_who_revive_the_first_does(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let wake = |n| revive("a", StatusSet::FINISHED, message(n));
    let outcomes = hub.batch(vec![
        wake(1),
        owned(lease, key).turn(0, turn(1, 1)).update(finished()),
        raise("a", message(2)),
        wake(3),
        wake(4),
        raise("a", message(5)),
        new("a", None),
    ]);
    let outcomes = outcomes.await;
    let (status, execution) = (Status::Running, ExecutionId(0));
    let applied = || CommitOutcome::Applied { key, execution };
    let expected = [
        CommitOutcome::NotAmong { status },
        applied(),
        CommitOutcome::Finished { status: Status::Completed },
        applied(),
        CommitOutcome::NotAmong { status },
        applied(),
        CommitOutcome::AlreadyExists { key, execution, status },
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(hub.inbox().await, [(key, message(3)), (key, message(5))]);
}

pub(super) async fn a_message_revives_the_finished(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let mut wake = owned(lease, parent).turn(0, turn(1, 1)).at(at(5));
    for status in FINISHED {
        hub.make(status.as_str(), status, lease).await;
        // Of two the first makes it run, and the second finds it running; any message comes after that.
        wake = wake.deliver(to_finished(status.as_str(), message(1)));
        wake = wake.deliver(to_finished(status.as_str(), message(2))).deliver(to(status.as_str(), message(3)));
    }
    hub.applied(wake).await;
    for status in FINISHED {
        let r = hub.record(status.as_str()).await;
        assert_eq!((r.status, r.owner, r.wake_at, r.updated_at), (Status::Running, None, Some(at(5)), at(5)));
        assert_eq!(hub.inbox_of(status.as_str()).await, [message(1), message(3)]);
        assert_eq!(hub.turns(r.key, 0).await, [0]);
    }
    assert_eq!(hub.claim(lease, at(5)).await.len(), 3);
    assert_eq!(hub.record("p").await.status, Status::Running);
}

pub(super) async fn a_message_to_revive_others_is_dropped(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let later = NewInstance { start_at: Some(at(50)), ..instance("later") };
    hub.applied(super::fixture::commit(durable_core::store::Subject::New(later))).await;
    let mut names = vec!["nobody", "later"];
    for status in Status::ALL.into_iter().filter(|s| !s.is_finished()) {
        hub.make(status.as_str(), status, lease).await;
        names.push(status.as_str());
    }
    let before = hub.store.instances(Default::default(), 100).await;
    let mut wake = owned(lease, parent).at(at(5));
    wake.deliveries = names.iter().map(|name| to_finished(name, message(1))).collect();
    hub.applied(wake).await;
    assert!(hub.inbox().await.is_empty());
    assert_eq!(hub.store.instances(Default::default(), 100).await, before);
}
