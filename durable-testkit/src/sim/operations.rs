//! The activity calls of one execution, as its committed turns say.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::TaskId;
use durable_core::history::{Event, Turn};

/// Each call that was ever scheduled, and the attempt that is open; and those that were cancelled.
#[derive(Debug, Default)]
pub(super) struct Operations(BTreeMap<TaskId, Option<u32>>, BTreeSet<TaskId>);

impl Operations {
    pub(super) fn absorb(&mut self, turn: &Turn) {
        for event in turn.messages.iter().chain(&turn.decisions) {
            match event {
                Event::TaskScheduled { id, attempt, .. } => {
                    self.0.insert(*id, Some(*attempt));
                }
                Event::TaskCompleted { id, attempt, .. } | Event::TaskFailed { id, attempt, .. } => {
                    if let Some(open) = self.0.get_mut(id)
                        && *open == Some(*attempt)
                    {
                        *open = None;
                    }
                }
                Event::TaskCanceled { id } => {
                    self.0.insert(*id, None);
                    self.1.insert(*id);
                }
                _ => {}
            }
        }
    }

    pub(super) fn is_scheduled(&self, task: TaskId) -> bool {
        self.0.contains_key(&task)
    }

    pub(super) fn is_canceled(&self, task: TaskId) -> bool {
        self.1.contains(&task)
    }

    pub(super) fn is_open(&self, task: TaskId) -> bool {
        self.0.get(&task).is_some_and(Option::is_some)
    }
}
