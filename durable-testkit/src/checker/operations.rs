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
    /// Sub-orchestrations that are awaited.
    pub(super) children: usize,
    /// Waits for events that were not cancelled; some of them may have been given one.
    pub(super) waits: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// In the turn that begins with this event.
    Resolved(EventSeq),
    Canceled,
    /// Cancelled, and its end came later.
    Reported,
}

struct Walk<'a> {
    state: &'a InstanceState,
    report: &'a mut Report,
    tasks: BTreeMap<(TaskId, u32), State>,
    timers: BTreeMap<(TaskId, u32), (State, Timestamp)>,
    children: BTreeMap<(TaskId, u32), State>,
    /// Waits for events, by the events' names.
    waits: BTreeMap<TaskId, String>,
    /// How many events of this name there were.
    raised: BTreeMap<String, usize>,
    /// While it is suspended: since the turn that begins with this event messages are held back.
    held_since: Option<EventSeq>,
}

/// Follows the operations from their schedule to their end.
pub(super) fn check(state: &InstanceState, turns: &[Turn], report: &mut Report) -> Open {
    let mut walk = Walk {
        state,
        report,
        tasks: BTreeMap::new(),
        timers: BTreeMap::new(),
        children: BTreeMap::new(),
        waits: BTreeMap::new(),
        raised: BTreeMap::new(),
        held_since: None,
    };
    for turn in turns {
        for message in &turn.messages {
            walk.message(turn, message);
        }
        for decision in &turn.decisions {
            walk.decision(turn, decision);
        }
        if turn.messages.iter().rev().find_map(suspends) == Some(false) {
            walk.held_since = None;
        }
    }
    let open_tasks = walk.tasks.iter().filter(|(_, s)| **s == State::Open);
    let tasks: Vec<(TaskId, u32)> = open_tasks.map(|(k, _)| *k).collect();
    let open_timers: Vec<Timestamp> =
        walk.timers.values().filter(|(s, _)| *s == State::Open).map(|(_, at)| *at).collect();
    let children: Vec<(TaskId, u32)> =
        walk.children.iter().filter(|(_, s)| **s == State::Open).map(|(k, _)| *k).collect();
    // Also if it was made ready after its end.
    if state.record.status.is_finished() || turns.last().is_some_and(|t| t.terminal().is_some()) {
        for (id, attempt) in &children {
            walk.add("I8", format!("it has finished, but child {attempt} of #{id} neither ended nor was let go of"));
        }
        walk.waits_at_the_end();
        for (id, attempt) in &tasks {
            walk.add("I8", format!("it has finished, but attempt {attempt} of #{id} neither ended nor was cancelled"));
        }
        if !open_timers.is_empty() {
            walk.add(
                "I8",
                format!("it has finished, but {} timers neither fired nor were cancelled", open_timers.len()),
            );
        }
    }
    let (earliest_timer, timers) = (open_timers.iter().min().copied(), open_timers.len());
    Open { tasks, earliest_timer, timers, children: children.len(), waits: walk.waits.len() }
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
                    self.add(
                        "I14",
                        format!("timer #{id} fired in the turn at event {seq}, at {at}, before its time {fire_at}"),
                    );
                }
            }
            Event::SubOrchestrationCompleted { id, attempt, .. }
            | Event::SubOrchestrationFailed { id, attempt, .. } => {
                match self.children.get_mut(&(*id, *attempt)) {
                    Some(state @ State::Open) => *state = State::Resolved(turn.seq),
                    // It was let go of, and its report was on its way, or says that it was.
                    Some(state @ State::Canceled) => *state = State::Reported,
                    before => {
                        let before = before.copied();
                        self.unexpected(turn, message, before);
                    }
                }
            }
            Event::Suspended { .. } => {
                self.held_since.get_or_insert(turn.seq);
            }
            Event::EventRaised { name, .. } => *self.raised.entry(name.to_lowercase()).or_default() += 1,
            _ => {}
        }
    }

    /// A wait that is over without having been cancelled was given an event.
    fn waits_at_the_end(&mut self) {
        let mut served: BTreeMap<String, usize> = BTreeMap::new();
        for name in self.waits.values() {
            *served.entry(name.to_lowercase()).or_default() += 1;
        }
        for (name, count) in served {
            let raised = self.raised.get(&name).copied().unwrap_or_default();
            if count > raised {
                self.add("I15", format!("{count} waits for {name:?} are over, but {raised} events came"));
            }
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
            Event::TaskCanceled { id } | Event::TimerCanceled { id } | Event::SubOrchestrationCanceled { id, .. } => {
                self.cancel(turn, *id, decision);
                false
            }
            Event::SubOrchestrationCreated(c) if !c.detached => {
                self.children.insert((c.id, c.attempt), State::Open).is_some()
            }
            Event::EventAwaited { id, name } => self.waits.insert(*id, name.clone()).is_some(),
            Event::EventAwaitCanceled { id } => {
                if self.waits.remove(id).is_none() {
                    self.add("I7", format!("the turn at event {} cancels what is not open: {decision}", turn.seq));
                }
                false
            }
            _ => false,
        };
        if twice {
            self.add("I7", format!("the turn at event {} schedules a second time: {decision}", turn.seq));
        }
    }

    fn cancel(&mut self, turn: &Turn, id: TaskId, decision: &Event) {
        let held_since = self.held_since;
        let range = (id, 0)..=(id, u32::MAX);
        let tasks = self.tasks.range_mut(range.clone()).map(|(_, s)| s);
        let timers = self.timers.range_mut(range.clone()).map(|(_, (s, _))| s);
        let children = self.children.range_mut(range).map(|(_, s)| s);
        let mut found = false;
        for state in tasks.chain(timers).chain(children) {
            // Its result may stand in this very turn, after the message that made the
            // orchestrator drop it.
            found |= match state {
                State::Open => true,
                // … or be held back since it was suspended.
                State::Resolved(seq) => *seq == turn.seq || held_since.is_some_and(|since| since <= *seq),
                _ => false,
            };
            if *state == State::Open {
                *state = State::Canceled;
            }
        }
        if !found {
            self.add("I7", format!("the turn at event {} cancels what is not open: {decision}", turn.seq));
        }
    }
}

/// Whether this message suspends it, or resumes it.
fn suspends(message: &Event) -> Option<bool> {
    match message {
        Event::Suspended { .. } => Some(true),
        Event::Resumed { .. } => Some(false),
        _ => None,
    }
}
