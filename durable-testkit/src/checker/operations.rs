//! The operations of one history: I7, I8, I14.

use std::collections::BTreeMap;

use durable_core::history::{Event, Turn};
use durable_core::{EventSeq, TaskId, Timestamp};

use super::{InstanceState, Report};

/// What is still open at the end of a history.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Activity calls, by operation and attempt.
    pub(super) tasks: Vec<(TaskId, u32)>,
    /// When the earliest timer fires.
    pub(super) earliest_timer: Option<Timestamp>,
    /// How many timers.
    pub(super) timers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// In the turn that begins with this event.
    Resolved(EventSeq),
    Canceled,
}

struct Walk<'a> {
    state: &'a InstanceState,
    report: &'a mut Report,
    tasks: BTreeMap<(TaskId, u32), State>,
    timers: BTreeMap<(TaskId, u32), (State, Timestamp)>,
}

/// Follows the operations from their schedule to their end.
pub(super) fn check(state: &InstanceState, turns: &[Turn], report: &mut Report) -> Open {
    let mut walk = Walk { state, report, tasks: BTreeMap::new(), timers: BTreeMap::new() };
    for turn in turns {
        for message in &turn.messages {
            walk.message(turn, message);
        }
        for decision in &turn.decisions {
            walk.decision(turn, decision);
        }
    }
    let open_tasks = walk.tasks.iter().filter(|(_, s)| **s == State::Open);
    let tasks: Vec<(TaskId, u32)> = open_tasks.map(|(k, _)| *k).collect();
    let open_timers: Vec<Timestamp> =
        walk.timers.values().filter(|(s, _)| *s == State::Open).map(|(_, at)| *at).collect();
    if state.record.status.is_finished() {
        for (id, attempt) in &tasks {
            walk.add("I8", format!("it has finished, but attempt {attempt} of #{id} neither ended nor was cancelled"));
        }
        if !open_timers.is_empty() {
            walk.add("I8", format!("it has finished, but {} timers neither fired nor were cancelled", open_timers.len()));
        }
    }
    Open { tasks, earliest_timer: open_timers.iter().min().copied(), timers: open_timers.len() }
}

impl Walk<'_> {
    fn add(&mut self, invariant: &'static str, what: String) {
        self.report.add(invariant, Some(&self.state.record.id), what);
    }

    fn message(&mut self, turn: &Turn, message: &Event) {
        match message {
            Event::TaskCompleted { id, attempt, .. } | Event::TaskFailed { id, attempt, .. } => {
                match self.tasks.insert((*id, *attempt), State::Resolved(turn.seq)) {
                    Some(State::Open) => {}
                    before => self.unexpected(turn, message, before),
                }
            }
            Event::TimerFired { id, attempt } => {
                let before = self.timers.get_mut(&(*id, *attempt));
                let Some((state, fire_at)) = before else { return self.unexpected(turn, message, None) };
                let (before, fire_at) = (std::mem::replace(state, State::Resolved(turn.seq)), *fire_at);
                if before != State::Open {
                    self.unexpected(turn, message, Some(before));
                }
                if turn.at < fire_at {
                    let (seq, at) = (turn.seq, turn.at);
                    self.add("I14", format!("timer #{id} fired in the turn at event {seq}, at {at}, before its time {fire_at}"));
                }
            }
            _ => {}
        }
    }

    fn unexpected(&mut self, turn: &Turn, message: &Event, before: Option<State>) {
        let why = match before {
            None => "which nothing before it scheduled",
            Some(State::Canceled) => "which was cancelled",
            Some(_) => "which has an end already",
        };
        self.add("I7", format!("the turn at event {} has {}: {message}, {why}", turn.seq, message.type_name()));
    }

    fn decision(&mut self, turn: &Turn, decision: &Event) {
        let twice = match decision {
            Event::TaskScheduled { id, attempt, .. } => self.tasks.insert((*id, *attempt), State::Open).is_some(),
            Event::TimerCreated { id, attempt, fire_at } => {
                self.timers.insert((*id, *attempt), (State::Open, *fire_at)).is_some()
            }
            Event::TaskCanceled { id } | Event::TimerCanceled { id } => {
                self.cancel(turn, *id, decision);
                false
            }
            _ => false,
        };
        if twice {
            self.add("I7", format!("the turn at event {} schedules a second time: {decision}", turn.seq));
        }
    }

    fn cancel(&mut self, turn: &Turn, id: TaskId, decision: &Event) {
        let range = (id, 0)..=(id, u32::MAX);
        let tasks = self.tasks.range_mut(range.clone()).map(|(_, s)| s);
        let timers = self.timers.range_mut(range).map(|(_, (s, _))| s);
        let mut found = false;
        for state in tasks.chain(timers) {
            // Its result may stand in this very turn, after the message that made the
            // orchestrator drop it.
            found |= matches!(state, State::Open) || *state == State::Resolved(turn.seq);
            if *state == State::Open {
                *state = State::Canceled;
            }
        }
        if !found {
            self.add("I7", format!("the turn at event {} cancels what is not open: {decision}", turn.seq));
        }
    }
}
