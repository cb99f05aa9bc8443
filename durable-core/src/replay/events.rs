//! External events: those that came and were not taken, and who waits for which.

use std::collections::{BTreeMap, VecDeque};

use crate::history::Event;
use crate::id::TaskId;
use crate::payload::Payload;

/// Buffered events and waiters by name, without regard to case. Events are taken oldest first,
/// by the oldest waiter.
#[derive(Default)]
pub(super) struct ExternalEvents {
    arrived: u64,
    by_name: BTreeMap<String, Named>,
}

#[derive(Default)]
struct Named {
    /// By place of arrival, with the name as it was given.
    buffered: BTreeMap<u64, (String, Payload)>,
    waiters: VecDeque<TaskId>,
}

impl ExternalEvents {
    fn named(&mut self, name: &str) -> &mut Named {
        self.by_name.entry(name.to_lowercase()).or_default()
    }

    pub(super) fn add(&mut self, name: &str, payload: Payload) {
        self.arrived += 1;
        let place = self.arrived;
        self.named(name).buffered.insert(place, (name.to_owned(), payload));
    }

    /// An event that a waiter was given and did not take: back to its old place.
    pub(super) fn give_back(&mut self, name: &str, place: u64, payload: Payload) {
        self.named(name).buffered.insert(place, (name.to_owned(), payload));
    }

    pub(super) fn add_waiter(&mut self, name: &str, waiter: TaskId) {
        self.named(name).waiters.push_back(waiter);
    }

    pub(super) fn remove_waiter(&mut self, name: &str, waiter: TaskId) {
        self.named(name).waiters.retain(|w| *w != waiter);
    }

    /// The oldest event for the oldest waiter, if there are both.
    pub(super) fn next_match(&mut self, name: &str) -> Option<(TaskId, u64, Payload)> {
        let named = self.named(name);
        if named.buffered.is_empty() {
            return None;
        }
        let waiter = named.waiters.pop_front()?;
        let (place, (_, payload)) = named.buffered.pop_first()?;
        Some((waiter, place, payload))
    }

    /// Takes all that nobody has taken, in order of arrival.
    pub(super) fn drain(&mut self) -> Vec<Event> {
        let all = std::mem::take(&mut self.by_name).into_values().flat_map(|n| n.buffered);
        let ordered: BTreeMap<u64, (String, Payload)> = all.collect();
        ordered.into_values().map(|(name, payload)| Event::EventRaised { name, payload }).collect()
    }
}
