//! Who may take the place of whom (I5).

use durable_core::ExecutionId;
use durable_core::store::{CommitOutcome, Delivery, NewInstance, Recipient, Status, StatusSet};

use super::fixture::{CommitExt, Hub, ended, instance, message, new, owned, tags, to_itself, turn};

/// No status, each alone, some, all.
fn sets() -> Vec<StatusSet> {
    let mut sets: Vec<StatusSet> = Status::ALL.into_iter().map(StatusSet::from).collect();
    sets.extend([StatusSet::NONE, StatusSet::ALL, StatusSet::FINISHED, StatusSet::UNFINISHED]);
    sets.push(StatusSet::of(&[Status::Failed, Status::Terminated, Status::Running]));
    sets
}

fn may(status: Status, replaces: StatusSet) -> bool {
    status.is_finished() && replaces.contains(status)
}

pub(super) async fn a_start_replaces_what_it_may(hub: Hub) {
    let lease = hub.worker("w").await;
    for status in Status::ALL {
        for (n, replaces) in sets().into_iter().enumerate() {
            let name = format!("{status}-{n}");
            let key = hub.make(&name, status, lease).await;
            let before = hub.record(&name).await;
            let start = new(&name, None).named("g", "2").tagged(tags(&[("new", "1")])).replacing(replaces);
            let outcome = hub.commit(start.deliver(to_itself(message(1)))).await;
            if may(status, replaces) {
                assert_eq!(outcome, CommitOutcome::Applied { key, execution: ExecutionId(1) }, "{name}");
                let r = hub.record(&name).await;
                assert_eq!((r.status, r.name.as_str(), r.version.as_str()), (Status::Pending, "g", "2"));
                assert_eq!(r.tags, tags(&[("new", "1")]));
                assert_eq!(hub.inbox_of(&name).await, [message(1)]);
                assert!(hub.executions(key).await.is_empty(), "{name}");
            } else {
                let execution = ExecutionId(0);
                assert_eq!(outcome, CommitOutcome::AlreadyExists { key, execution, status }, "{name}");
                assert_eq!(hub.record(&name).await, before);
                assert!(hub.inbox_of(&name).await.is_empty(), "{name}");
                assert_eq!(hub.turns(key, 0).await.len(), usize::from(status != Status::Pending));
            }
        }
    }
}

pub(super) async fn a_child_replaces_what_it_may(hub: Hub) {
    let lease = hub.worker("w").await;
    let parent = hub.applied(new("p", Some(lease)).turn(0, turn(0, 1))).await;
    let mut told = 0;
    for status in Status::ALL {
        for (n, replaces) in sets().into_iter().enumerate() {
            let name = format!("{status}-{n}");
            let key = hub.make(&name, status, lease).await;
            let before = hub.record(&name).await;
            let refused = (n % 2 == 0).then(|| Box::new(message(9)));
            told += usize::from(refused.is_some() && !may(status, replaces));
            let instance = NewInstance { replaces, ..instance(&name) };
            let make = Delivery { to: Recipient::New { instance, refused }, message: message(1) };
            hub.applied(owned(lease, parent).deliver(make)).await;
            if may(status, replaces) {
                let r = hub.record(&name).await;
                assert_eq!((r.key, r.execution, r.status), (key, ExecutionId(1), Status::Pending), "{name}");
                assert_eq!(hub.inbox_of(&name).await, [message(1)]);
            } else {
                assert_eq!(hub.record(&name).await, before);
                assert!(hub.inbox_of(&name).await.is_empty(), "{name}");
            }
        }
    }
    assert_eq!(hub.inbox_of("p").await, vec![message(9); told]);
}

pub(super) async fn a_policy_within_a_batch(hub: Hub) {
    let lease = hub.worker("w").await;
    let key = hub.applied(new("a", Some(lease)).turn(0, turn(0, 1))).await;
    let only = |status: Status| new("a", None).replacing(status.into());
    let outcomes = hub.batch(vec![
        only(Status::Failed),
        owned(lease, key).turn(0, turn(1, 1)).update(ended(Status::Failed)),
        only(Status::Completed),
        only(Status::Failed).deliver(to_itself(message(1))),
        only(Status::Failed),
    ]);
    let outcomes = outcomes.await;
    let exists = |execution, status| CommitOutcome::AlreadyExists { key, execution: ExecutionId(execution), status };
    let applied = |execution| CommitOutcome::Applied { key, execution: ExecutionId(execution) };
    let expected =
        [exists(0, Status::Running), applied(0), exists(0, Status::Failed), applied(1), exists(1, Status::Pending)];
    assert_eq!(outcomes, expected);
    assert_eq!(hub.inbox().await, [(key, message(1))]);
}
