//! I19: while it is suspended an instance decides nothing.

use durable_core::history::{Event, Turn};
use durable_core::store::Status;

use super::{InstanceState, Report};

/// Whether it is suspended at the end of its history.
pub(super) fn check(state: &InstanceState, turns: &[Turn], report: &mut Report) -> bool {
    let r = &state.record;
    let mut is_suspended = false;
    for turn in turns {
        let mut may_decide = turn.messages.is_empty() && !is_suspended;
        for message in &turn.messages {
            match message {
                Event::Suspended { .. } => is_suspended = true,
                Event::Resumed { .. } => {
                    is_suspended = false;
                    may_decide = true;
                }
                Event::TerminateRequested { .. } => may_decide = true,
                _ => may_decide |= !is_suspended,
            }
        }
        if !may_decide && let Some(decision) = turn.decisions.first() {
            let seq = turn.seq;
            report.add(
                "I19",
                Some(&r.id),
                format!("it is suspended, and decides in the turn at event {seq}: {decision}"),
            );
        }
    }
    // An end is an end; if it was made ready after it, it is not held any more.
    is_suspended &= turns.last().is_none_or(|t| t.terminal().is_none());
    let says = r.status == Status::Suspended;
    if says != is_suspended && !r.status.is_finished() && r.status != Status::Parked {
        let what = if is_suspended { "suspended" } else { "not suspended" };
        report.add("I19", Some(&r.id), format!("it is {what}, but its row says {}", r.status));
    }
    is_suspended
}
