//! What an execution waits for, as its history says.

use std::collections::BTreeMap;
use std::fmt;

use durable_core::history::{Event, Turn};
use durable_core::{TaskId, Timestamp};

/// Something that an orchestration waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WaitsFor {
    /// An external event of this name.
    Event(String),
    /// A timer, or the delay before a retry.
    Timer(Timestamp),
    /// An activity of this name.
    Activity(String),
    /// A sub-orchestration with this instance id.
    SubOrchestration(String),
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitsFor::Event(name) => write!(f, "event {name:?}"),
            WaitsFor::Timer(at) => write!(f, "the timer at {at}"),
            WaitsFor::Activity(name) => write!(f, "activity `{name}`"),
            WaitsFor::SubOrchestration(id) => write!(f, "sub-orchestration {id:?}"),
        }
    }
}

/// The waits for one event name, and the events that came.
#[derive(Default)]
struct Events {
    waiting: BTreeMap<TaskId, String>,
    served: Vec<TaskId>,
    unclaimed: usize,
}

impl Events {
    fn came(&mut self) {
        match self.waiting.pop_first() {
            Some((id, _)) => self.served.push(id),
            None => self.unclaimed += 1,
        }
    }
}

/// What is open after these turns.
pub(super) fn waits_for(turns: &[Turn]) -> Vec<WaitsFor> {
    let mut open: BTreeMap<(TaskId, u32), WaitsFor> = BTreeMap::new();
    let mut events: BTreeMap<String, Events> = BTreeMap::new();
    for event in turns.iter().flat_map(|t| t.messages.iter().chain(&t.decisions)) {
        match event {
            Event::TaskScheduled { id, attempt, name, .. } => {
                open.insert((*id, *attempt), WaitsFor::Activity(name.clone()));
            }
            Event::TimerCreated { id, attempt, fire_at } => {
                open.insert((*id, *attempt), WaitsFor::Timer(*fire_at));
            }
            Event::SubOrchestrationCreated(c) if !c.detached => {
                open.insert((c.id, c.attempt), WaitsFor::SubOrchestration(c.instance.clone()));
            }
            Event::TaskCompleted { id, attempt, .. }
            | Event::TaskFailed { id, attempt, .. }
            | Event::TimerFired { id, attempt }
            | Event::SubOrchestrationCompleted { id, attempt, .. }
            | Event::SubOrchestrationFailed { id, attempt, .. } => {
                open.remove(&(*id, *attempt));
            }
            Event::TaskCanceled { id } | Event::TimerCanceled { id } | Event::SubOrchestrationCanceled { id, .. } => {
                open.retain(|(task, _), _| task != id);
            }
            Event::EventRaised { name, .. } => events.entry(name.to_lowercase()).or_default().came(),
            Event::EventAwaited { id, name } => {
                let of_name = events.entry(name.to_lowercase()).or_default();
                of_name.waiting.insert(*id, name.clone());
                if of_name.unclaimed > 0 {
                    of_name.unclaimed -= 1;
                    of_name.came();
                }
            }
            Event::EventAwaitCanceled { id } => {
                for of_name in events.values_mut() {
                    of_name.waiting.remove(id);
                    if of_name.served.contains(id) {
                        // It gives its event back.
                        of_name.served.retain(|served| served != id);
                        of_name.came();
                    }
                }
            }
            e if e.is_terminal() => return Vec::new(),
            _ => {}
        }
    }
    let waits = events.into_values().flat_map(|e| e.waiting.into_values());
    let mut all: Vec<WaitsFor> = open.into_values().chain(waits.map(WaitsFor::Event)).collect();
    all.sort();
    all.dedup();
    all
}
