//! Executions that begin with a part of another's history: rewound and forked ones.
//!
//! Only whole turns are copied, from the beginning, so that the copy replays as the original
//! did. What the original is known by to its code (ids, seed) is copied along.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::history::{Event, ExecutionStarted, KeySeed, Origin, OriginKind, Parent, Turn};
use crate::id::{EventSeq, ExecutionId, InstanceId, TaskId};

/// The beginning of an execution that goes on where another one was.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// Its turns.
    pub turns: Vec<Turn>,
    /// The first messages in its inbox.
    pub messages: Vec<Event>,
}

/// Why an execution cannot be rewound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotARewind {
    /// Its history does not end with a failure or a termination.
    NotFailed,
    /// Compensations have run since the failure: what they undid would count as done.
    Compensated,
}

/// Why an execution cannot be forked there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "event {at} is no place to fork from: the history has events 0 to {last}, of which the last turn begins at {last_turn}"
)]
pub struct NotAForkPoint {
    /// The event that was asked for.
    pub at: EventSeq,
    /// The last event that there is.
    pub last: EventSeq,
    /// The first event of the last turn, the latest place if that turn is the end.
    pub last_turn: EventSeq,
}

/// The execution that follows on one that failed or was terminated: as far as the turn that took
/// the failure, without it.
///
/// Which turn that is: the last one that took a failed result whose message is in the execution's
/// own failure; before it, the turns that took other failures without deciding anything since
/// (a fan-out that waited for all). If no result is to blame, the last turn. What was taken from
/// there on (events, results of what was open) is given again, in order; a task or a child that
/// came to nothing runs again, from the attempt that the kept turns have made.
///
/// `parent` is who waits for the new execution; `key_seed` is a fresh seed.
///
/// # Errors
///
/// [`NotARewind`] if the history does not end with a failure or a termination, or a saga was
/// compensated since the failure.
pub fn rewind(
    instance: &InstanceId,
    execution: ExecutionId,
    turns: &[Turn],
    parent: Option<Parent>,
    reason: &str,
    key_seed: u64,
) -> Result<Copied, NotARewind> {
    let last = turns.len().checked_sub(1).ok_or(NotARewind::NotFailed)?;
    let cut = match turns[last].terminal() {
        Some(Event::ExecutionFailed { failure }) => turn_to_blame(turns, failure),
        Some(Event::ExecutionTerminated { .. }) => last,
        // It has not ended: the parent's old execution wanted it to, and its new one does not.
        None => turns.len(),
        Some(_) => return Err(NotARewind::NotFailed),
    };
    let (kept, dropped) = turns.split_at(cut);
    let compensates = |d: &Event| match d {
        Event::TaskScheduled { options, .. } => options.compensates,
        Event::SubOrchestrationCreated(created) => created.options.compensates,
        _ => false,
    };
    if dropped.iter().flat_map(|t| &t.decisions).any(compensates) {
        return Err(NotARewind::Compensated);
    }
    let origin = Made { kind: OriginKind::Rewind, instance, execution, key_seed };
    let rewound = Event::ExecutionRewound { execution, reason: reason.to_owned() };
    Ok(origin.copy(kept, parent, rewound, given_again(kept, dropped)))
}

/// A new instance that begins with the turns of another before the one that holds event `at`.
/// What was open then is open in the copy; nobody waits for its end.
///
/// # Errors
///
/// [`NotAForkPoint`] if `at` is 0 or behind the last event.
pub fn fork(
    instance: &InstanceId,
    execution: ExecutionId,
    turns: &[Turn],
    at: EventSeq,
    key_seed: u64,
) -> Result<Copied, NotAForkPoint> {
    let (end, last_turn) = turns.last().map_or((EventSeq(0), EventSeq(0)), |t| (t.next_seq(), t.seq));
    let kept = turns.iter().take_while(|t| t.next_seq() <= at).count();
    if at > end || kept == 0 || (kept == turns.len() && turns[kept - 1].terminal().is_some()) {
        return Err(NotAForkPoint { at, last: EventSeq(end.0.saturating_sub(1)), last_turn });
    }
    let origin = Made { kind: OriginKind::Fork, instance, execution, key_seed };
    let forked = Event::ExecutionForked { instance: instance.to_string(), execution };
    Ok(origin.copy(&turns[..kept], None, forked, Vec::new()))
}

/// What the copy is made of.
struct Made<'a> {
    kind: OriginKind,
    instance: &'a InstanceId,
    execution: ExecutionId,
    key_seed: u64,
}

impl Made<'_> {
    fn copy(&self, kept: &[Turn], parent: Option<Parent>, says: Event, again: Vec<Event>) -> Copied {
        let numbers = kept.iter().flat_map(|t| &t.decisions).filter_map(Event::task);
        let boundary = TaskId(numbers.map(|id| id.0 + 1).max().unwrap_or_default());
        let mut copied = Copied { turns: kept.to_vec(), messages: again };
        let mut start = |message: &mut Event| {
            if let Event::ExecutionStarted(started) = message {
                started.parent.clone_from(&parent);
                started.origin = Some(Box::new(self.origin(started, boundary)));
            }
        };
        match copied.turns.first_mut() {
            Some(first) => {
                first.messages.iter_mut().for_each(&mut start);
                copied.messages.insert(0, says);
            }
            None => {
                copied.messages.iter_mut().for_each(&mut start);
                // The start comes first, always.
                copied.messages.insert(1.min(copied.messages.len()), says);
            }
        }
        copied
    }

    fn origin(&self, of: &ExecutionStarted, boundary: TaskId) -> Origin {
        let before = of.origin.as_deref();
        let mut keys = before.map(|o| o.keys.clone()).unwrap_or_default();
        // Operations keep what they had when they were copied before, up to where this copy ends.
        match keys.iter().position(|k| k.below >= boundary) {
            Some(last) => {
                keys.truncate(last + 1);
                keys[last].below = boundary;
            }
            None => keys.push(KeySeed { below: boundary, seed: before.map_or(of.seed, |o| o.key_seed) }),
        }
        let forked = match self.kind {
            OriginKind::Fork => Some(boundary),
            OriginKind::Rewind | OriginKind::Restart => before.and_then(|o| o.forked_below),
        };
        Origin {
            kind: self.kind,
            instance: self.instance.to_string(),
            execution: self.execution,
            identity: before.and_then(|o| o.identity.clone()).or_else(|| Some(self.instance.to_string())),
            identity_execution: before.and_then(|o| o.identity_execution).or(Some(self.execution)),
            key_seed: self.key_seed,
            keys,
            forked_below: forked,
        }
    }
}

/// The failed results that this turn took and did not answer with another attempt.
fn failures(turn: &Turn) -> impl Iterator<Item = &Failure> {
    let retried = |task: TaskId| {
        turn.decisions
            .iter()
            .any(|d| matches!(d, Event::TimerCreated { id, attempt, .. } if *id == task && *attempt > 1))
    };
    turn.messages.iter().filter_map(move |m| match m {
        Event::TaskFailed { id, failure, .. } | Event::SubOrchestrationFailed { id, failure, .. } if !retried(*id) => {
            Some(failure)
        }
        _ => None,
    })
}

fn turn_to_blame(turns: &[Turn], end: &Failure) -> usize {
    let last = turns.len() - 1;
    let is_told = |failure: &Failure| {
        !failure.message.is_empty()
            && std::iter::once(&end.message).chain(&end.causes).any(|t| t.contains(&failure.message))
    };
    let Some(mut cut) = turns.iter().rposition(|turn| failures(turn).any(is_told)) else { return last };
    // Failures that came shortly before, and were taken without a word.
    while cut > 0 && turns[cut - 1].decisions.is_empty() {
        match (0..cut)
            .rev()
            .take_while(|n| turns[*n].decisions.is_empty())
            .find(|n| failures(&turns[*n]).next().is_some())
        {
            Some(earlier) => cut = earlier,
            None => break,
        }
    }
    cut
}

/// What the dropped turns took that still means something to what is kept.
fn given_again(kept: &[Turn], dropped: &[Turn]) -> Vec<Event> {
    let taken = || dropped.iter().flat_map(|t| &t.messages);
    // Operations that have a value in the end; the others run again from the attempt they are at.
    let completed: BTreeSet<TaskId> = taken()
        .filter_map(|m| match m {
            Event::TaskCompleted { id, .. } | Event::SubOrchestrationCompleted { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    let known: BTreeSet<TaskId> = kept.iter().flat_map(|t| &t.decisions).filter_map(Event::task).collect();
    let timers: BTreeSet<TaskId> = kept
        .iter()
        .flat_map(|t| &t.decisions)
        .filter_map(|d| match d {
            Event::TimerCreated { id, attempt: 1, .. } => Some(*id),
            _ => None,
        })
        .collect();
    taken()
        .filter(|m| match m {
            Event::ExecutionStarted(_)
            | Event::EventRaised { .. }
            | Event::Suspended { .. }
            | Event::Resumed { .. } => true,
            Event::TaskCompleted { id, .. }
            | Event::SubOrchestrationCompleted { id, .. }
            | Event::TaskFailed { id, .. }
            | Event::SubOrchestrationFailed { id, .. } => known.contains(id) && completed.contains(id),
            Event::TimerFired { id, .. } => timers.contains(id) || (known.contains(id) && completed.contains(id)),
            _ => false,
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::CallOptions;
    use crate::failure::FailureKind;
    use crate::payload::Payload;
    use crate::time::Timestamp;

    fn start() -> Event {
        Event::ExecutionStarted(Box::new(ExecutionStarted::new("f", "", Payload::null(), 7)))
    }

    fn call(id: u64, attempt: u32) -> Event {
        let (id, name) = (TaskId(id), format!("a{id}"));
        Event::TaskScheduled { id, attempt, name, input: Payload::null(), options: CallOptions::new() }
    }

    fn ok(id: u64) -> Event {
        Event::TaskCompleted { id: TaskId(id), attempt: 1, result: Payload::null() }
    }

    fn failed(id: u64, attempt: u32, why: &str) -> Event {
        Event::TaskFailed { id: TaskId(id), attempt, failure: Failure::new(FailureKind::Application, why) }
    }

    fn backoff(id: u64, attempt: u32) -> Event {
        Event::TimerCreated { id: TaskId(id), attempt, fire_at: Timestamp::from_unix_micros(9) }
    }

    fn fired(id: u64, attempt: u32) -> Event {
        Event::TimerFired { id: TaskId(id), attempt }
    }

    fn raised(name: &str) -> Event {
        Event::EventRaised { name: name.into(), payload: Payload::null() }
    }

    fn end(why: &str) -> Event {
        Event::ExecutionFailed { failure: Failure::new(FailureKind::Application, why) }
    }

    fn history(turns: &[(&[Event], &[Event])]) -> Vec<Turn> {
        let mut seq = EventSeq(0);
        let turn = |(messages, decisions): &(&[Event], &[Event])| {
            let turn = Turn { seq, at: Timestamp::MIN, messages: messages.to_vec(), decisions: decisions.to_vec() };
            seq = turn.next_seq();
            turn
        };
        turns.iter().map(turn).collect()
    }

    /// How many turns are kept, and the types of what is given again, with the numbers of
    /// operations.
    #[track_caller]
    fn check(turns: &[(&[Event], &[Event])], kept: usize, again: &str) {
        let id = InstanceId::from_stored("i");
        let copied = rewind(&id, ExecutionId(0), &history(turns), None, "why", 8).unwrap();
        assert_eq!(copied.turns.len(), kept, "{:?}", copied.messages);
        let told = |m: &Event| m.task().map_or(m.type_name().to_owned(), |id| format!("{} {id}", m.type_name()));
        assert_eq!(copied.messages.iter().map(told).collect::<Vec<_>>().join(", "), again);
    }

    #[test]
    fn the_turn_that_took_the_failure_is_left_out() {
        // The only step failed, and took the orchestrator with it.
        check(&[(&[start()], &[call(0, 1)]), (&[failed(0, 1, "no")], &[end("no")])], 1, "ExecutionRewound");
        // The orchestrator itself failed in its first turn.
        check(&[(&[start()], &[end("own")])], 0, "ExecutionStarted, ExecutionRewound");
        // It failed by itself after a step: the step's result is given again.
        check(
            &[(&[start()], &[call(0, 1)]), (&[ok(0), raised("e")], &[end("own")])],
            1,
            "ExecutionRewound, TaskCompleted 0, EventRaised",
        );
        // A failure that was compensated before the end.
        check(
            &[
                (&[start()], &[call(0, 1)]),
                (&[ok(0)], &[call(1, 1)]),
                (&[failed(1, 1, "no")], &[call(2, 1)]),
                (&[ok(2)], &[end("gave up: no")]),
            ],
            2,
            "ExecutionRewound",
        );
        // A failure that was dealt with long before is not touched.
        check(
            &[(&[start()], &[call(0, 1)]), (&[failed(0, 1, "handled")], &[call(1, 1)]), (&[ok(1)], &[end("own")])],
            2,
            "ExecutionRewound, TaskCompleted 1",
        );
    }

    #[test]
    fn of_a_fan_out_everything_that_failed_runs_again() {
        let three = [call(0, 1), call(1, 1), call(2, 1)];
        check(
            &[
                (&[start()], &three),
                (&[failed(0, 1, "first")], &[]),
                (&[ok(1)], &[]),
                (&[failed(2, 1, "last")], &[end("last")]),
            ],
            1,
            "ExecutionRewound, TaskCompleted 1",
        );
    }

    #[test]
    fn attempts_are_kept_where_they_led_to_a_value() {
        // Task 0 failed for good: its last attempt runs again. Task 1 succeeded at its second.
        check(
            &[
                (&[start()], &[call(0, 1), call(1, 1)]),
                (&[failed(0, 1, "x")], &[backoff(0, 2)]),
                (&[failed(1, 1, "y")], &[backoff(1, 2)]),
                (&[fired(0, 2), fired(1, 2)], &[call(0, 2), call(1, 2)]),
                (&[Event::TaskCompleted { id: TaskId(1), attempt: 2, result: Payload::null() }], &[]),
                (&[failed(0, 2, "z")], &[end("z")]),
            ],
            5,
            "ExecutionRewound",
        );
    }

    #[test]
    fn keys_of_what_is_copied_stay_and_later_ones_are_new() {
        let id = InstanceId::from_stored("i");
        let turns = history(&[
            (&[start()], &[call(0, 1)]),
            (&[ok(0)], &[call(1, 1)]),
            (&[failed(1, 1, "no")], &[call(2, 1)]),
            (&[ok(2)], &[end("no")]),
        ]);
        let copied = rewind(&id, ExecutionId(0), &turns, None, "why", 8).unwrap();
        let Event::ExecutionStarted(started) = &copied.turns[0].messages[0] else { panic!("no start") };
        let keys: Vec<u64> = (0..4).map(|n| started.key_seed(TaskId(n))).collect();
        assert_eq!(keys, [7, 7, 8, 8]);
        // Rewound once more from where it had called 2: the key of the first rewinding stays.
        let mut turns = copied.turns;
        let next = EventSeq(turns.iter().map(Turn::count).sum());
        let more = history(&[(&[ok(1)], &[call(2, 1)]), (&[failed(2, 1, "oh")], &[end("oh")])]);
        turns.extend(more.into_iter().map(|t| Turn { seq: next.plus(t.seq.0), ..t }));
        let copied = rewind(&id, ExecutionId(1), &turns, None, "why", 9).unwrap();
        let Event::ExecutionStarted(started) = &copied.turns[0].messages[0] else { panic!("no start") };
        let keys: Vec<u64> = (0..4).map(|n| started.key_seed(TaskId(n))).collect();
        assert_eq!(keys, [7, 7, 8, 9]);
    }

    #[test]
    fn what_has_a_value_is_not_rewound() {
        let id = InstanceId::from_stored("i");
        let turns = history(&[(&[start()], &[Event::ExecutionCompleted { output: Payload::null() }])]);
        assert_eq!(rewind(&id, ExecutionId(0), &turns, None, "why", 8), Err(NotARewind::NotFailed));
    }

    #[track_caller]
    fn check_fork(at: u64, kept: Option<usize>) {
        let id = InstanceId::from_stored("i");
        let turns = history(&[(&[start()], &[call(0, 1)]), (&[failed(0, 1, "no")], &[end("no")])]);
        let forked = fork(&id, ExecutionId(0), &turns, EventSeq(at), 8);
        assert_eq!(forked.as_ref().ok().map(|copied| copied.turns.len()), kept, "{forked:?}");
    }

    #[test]
    fn a_fork_begins_at_a_turn() {
        check_fork(0, None);
        check_fork(2, None);
        check_fork(3, Some(1));
        check_fork(5, Some(1));
        check_fork(6, None);
        check_fork(7, None);
    }
}
