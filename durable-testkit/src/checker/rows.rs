//! Rows: what they say must agree with each other and with the histories. I9 as far as it shows.

use durable_core::history::{Event, Turn};
use durable_core::store::Status;
use durable_core::{ExecutionId, InstanceKey, Timestamp};

use super::operations::Open;
use super::{InstanceState, Report, Snapshot};

/// What is looked at, and when; without a time it is at rest.
pub(super) struct Look<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) now: Option<Timestamp>,
}

pub(super) fn check(
    state: &InstanceState,
    turns: &[Turn],
    open: &Open,
    is_suspended: bool,
    look: &Look<'_>,
    report: &mut Report,
) {
    let (r, snapshot) = (&state.record, look.snapshot);
    let mut add = |what: String| report.add("row", Some(&r.id), what);
    if let Some(owner) = r.owner
        && !snapshot.workers.iter().any(|w| w.id == owner)
    {
        add(format!("its owner, worker {owner}, is not entered"));
    }
    let has_mail = snapshot.has_mail(r.key);
    if turns.is_empty() && !has_mail && !r.status.is_finished() {
        add("it has no history and no message that would start it".into());
    }
    // I17, I5: whatever else has come, the start is read first.
    let first = snapshot.inbox.iter().find(|m| m.to == r.key);
    if turns.is_empty()
        && let Some(first) = first
        && !matches!(first.message, Event::ExecutionStarted(_))
    {
        add(format!("it has no history, and its first message is not its start: {}", first.message));
    }
    let waits = !open.tasks.is_empty() || open.timers + open.children + open.waits > 0;
    match r.status {
        Status::Pending if !turns.is_empty() => add("it is Pending, but has taken turns".into()),
        Status::Parked => {
            if r.parked_reason.as_ref().is_none_or(String::is_empty) {
                add("it is parked without a reason".into());
            }
            if let Some(owner) = r.owner {
                add(format!("it is parked, but worker {owner} owns it"));
            }
        }
        status if status.is_finished() => {
            if let Some(owner) = r.owner {
                add(format!("it has finished, but worker {owner} owns it"));
            }
        }
        _ => {
            if r.owner.is_none() {
                let is_woken_by_mail = !has_mail && open.tasks.is_empty() && (waits || is_suspended);
                sleeping(state, open, is_woken_by_mail, look.now, &mut add);
            } else if !waits && !is_suspended && !turns.is_empty() && !has_mail {
                add("it waits for nothing, and has not ended".into());
            }
        }
    }
    if r.status != Status::Parked && r.parked_reason.is_some() {
        add(format!("it is {}, but has a reason to be parked", r.status));
    }
}

/// An unfinished instance without owner must wake some day, and in time for its timers.
fn sleeping(
    state: &InstanceState,
    open: &Open,
    is_woken_by_mail: bool,
    now: Option<Timestamp>,
    add: &mut impl FnMut(String),
) {
    match (state.record.wake_at, open.earliest_timer) {
        (None, None) if is_woken_by_mail => {}
        (None, _) => add("it sleeps, and nothing will ever wake it".into()),
        (Some(wake_at), Some(timer)) if wake_at > timer && now.is_none_or(|now| wake_at > now) => {
            add(format!("it sleeps until {wake_at}, but its timer is due at {timer}"));
        }
        _ => {}
    }
}

/// I9: a message waits for an instance that is there and has not finished.
pub(super) fn check_inbox(snapshot: &Snapshot, report: &mut Report) {
    let mut last = None;
    for message in &snapshot.inbox {
        let to = snapshot.instances.iter().find(|i| i.record.key == message.to).map(|i| &i.record);
        let what = message.message.type_name();
        match to {
            None => report.add("I9", None, format!("{what} waits for instance {}, which is not there", message.to)),
            Some(r) if r.status.is_finished() => {
                report.add("I9", Some(&r.id), format!("{what} waits in its inbox, but it has finished"));
            }
            Some(_) => {}
        }
        if last >= Some(message.id) {
            report.add("I9", None, format!("message {} is not in order of arrival", message.id));
        }
        last = Some(message.id);
    }
}

pub(super) fn check_statuses(
    snapshot: &Snapshot,
    statuses: &[(InstanceKey, ExecutionId, Status)],
    report: &mut Report,
) {
    for InstanceState { record: r, .. } in &snapshot.instances {
        let found: Vec<_> = statuses.iter().filter(|(key, ..)| *key == r.key).collect();
        match found[..] {
            [(_, execution, status)] if (*execution, *status) == (r.execution, r.status) => {}
            [] => report.add("I5", Some(&r.id), "`statuses` does not know it"),
            _ => report.add("I5", Some(&r.id), "`statuses` and `instances` disagree"),
        }
    }
}
