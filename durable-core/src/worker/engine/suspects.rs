//! Finding what kills workers, without harm to what only happened to be there.
//!
//! A crash makes everything suspect that its worker ran, and any progress clears it. What has
//! gone through [`SUSPECT_AFTER_CRASHES`] crashes without progress is tried apart from the rest:
//! first in large groups, then in small ones, at last alone and piece by piece: its turns, then
//! one activity after the other. A durable mark is set before each trial. Who survives
//! [`TRIAL_TIME_MAX`] is cleared; a mark that is found after a crash leads to the next smaller
//! group, and, for what was tried alone, counts towards [`POISON_ATTEMPTS_MAX`]. So a worker
//! that is killed for other reasons, fifty times if need be, poisons nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::resident::{Effects, Presence};
use super::{Engine, LocalId};
use crate::history::{Event, PackedTurn};
use crate::id::TaskId;
use crate::limits::{POISON_ATTEMPTS_MAX, SUSPECT_AFTER_CRASHES, TRIAL_TIME_MAX};
use crate::store::{ClaimedInstance, Commit, InstanceRecord, InstanceUpdate, Ownership, Status, Subject};
use crate::time::Timestamp;

/// How many are tried at a time, level after level.
const GROUPS: [usize; 3] = [1_000, 32, 1];

/// The last level: alone.
const ALONE: usize = GROUPS.len() - 1;

/// What stands on an instance that is tried, or was found to be poison. As JSON in its row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// In how small a group it is tried; 2: alone.
    pub level: usize,
    /// Which activity call is tried; `None` for the orchestrator itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// Which attempt of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How many times the worker died while only this was tried.
    pub tries: u32,
    /// The crashes of the instance when it was marked: one more, and the worker died with the mark.
    pub crashes: u32,
}

impl Mark {
    /// Reads what stands in a row.
    pub fn read(mark: &str) -> Option<Self> {
        serde_json::from_str(mark).ok()
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a claim finds; `None` if the instance is not suspect.
    fn of(record: &InstanceRecord) -> Option<Self> {
        let crashes = record.crashes;
        match &record.mark {
            Some(mark) => {
                let mut mark = Self::read(mark).unwrap_or_default();
                if crashes > mark.crashes {
                    if mark.level < ALONE { mark.level += 1 } else { mark.tries += 1 }
                }
                Some(Self { crashes, ..mark })
            }
            None => (crashes >= SUSPECT_AFTER_CRASHES).then(|| Self { crashes, ..Self::default() }),
        }
    }
}

/// The suspects of a worker.
#[derive(Default)]
pub(super) struct Suspects {
    /// By level, those that have not been tried.
    waiting: BTreeMap<usize, VecDeque<LocalId>>,
    tried: BTreeSet<LocalId>,
    until: Option<Timestamp>,
}

impl Suspects {
    pub(super) fn forget(&mut self, local: LocalId) {
        self.tried.remove(&local);
        for waiting in self.waiting.values_mut() {
            waiting.retain(|l| *l != local);
        }
        self.waiting.retain(|_, waiting| !waiting.is_empty());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tried.is_empty() && self.waiting.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tried.len() + self.waiting.values().map(VecDeque::len).sum::<usize>()
    }

    /// When the trial that is on ends.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.until.filter(|_| !self.tried.is_empty())
    }
}

impl Engine {
    /// What is to be done with an instance that was claimed, if it is suspect: none of its code runs
    /// until it is its turn.
    pub(super) fn suspect(&mut self, local: LocalId, claimed: &ClaimedInstance) -> bool {
        let Some(mark) = Mark::of(&claimed.record) else { return false };
        if mark.tries >= POISON_ATTEMPTS_MAX {
            let reason = poison(&mark, &claimed.turns);
            self.park_poisoned(local, reason, &mark);
            return true;
        }
        let Some(resident) = self.residents.get_mut(&local) else { return true };
        self.suspects.waiting.entry(mark.level).or_default().push_back(local);
        resident.presence = Presence::Suspect;
        resident.mark = Some(Box::new(mark));
        true
    }

    /// Begins the next trial, if none is on.
    pub(super) fn try_suspects(&mut self) {
        if self.suspects.is_empty() {
            return;
        }
        if self.suspects.until().is_some_and(|until| until <= self.now) {
            self.end_trial();
        }
        if !self.suspects.tried.is_empty() {
            return;
        }
        let Some((level, mut waiting)) = self.suspects.waiting.pop_first() else { return };
        let rest = waiting.split_off(waiting.len().min(GROUPS[level.min(ALONE)]));
        if !rest.is_empty() {
            self.suspects.waiting.insert(level, rest);
        }
        self.suspects.until = Some(self.now + TRIAL_TIME_MAX);
        for local in waiting {
            self.suspects.tried.insert(local);
            self.commit_mark(local, true, None);
        }
    }

    /// Makes the mark durable, then goes on with what is tried.
    pub(super) fn commit_mark(&mut self, local: LocalId, reads_back: bool, starts: Option<TaskId>) {
        let (now, lease) = (self.now, self.lease);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let (Some(key), Some(mark)) = (resident.key, &resident.mark) else { return };
        let update = Some(InstanceUpdate {
            status: resident.status,
            ownership: Ownership::Keep,
            parked_reason: None,
            crashes: mark.crashes,
            custom_status: None,
            mark: Some(mark.text()),
        });
        let start = starts.into_iter().collect();
        resident.uncommitted = Some(Effects { reads_back, start, marks: true, ..Effects::default() });
        self.pending.push((local, Commit { update, ..Commit::new(Subject::Owned { lease, key }, now) }));
    }

    /// Whether its activities are held back, to be tried one by one.
    pub(super) fn holds_back(&self, local: LocalId) -> bool {
        let mark = self.residents.get(&local).and_then(|r| r.mark.as_ref());
        mark.is_some_and(|m| m.level >= ALONE)
    }

    /// An instance that is tried alone has come to rest: the next of its activities is tried. If
    /// there is none, it is cleared.
    pub(super) fn try_next_task(&mut self, local: LocalId) {
        if !self.holds_back(local) {
            return;
        }
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let rests = matches!(resident.presence, Presence::Live(_)) && resident.uncommitted.is_none();
        if !rests || !resident.queue.is_empty() || resident.open.tasks.values().any(|t| t.run.is_some()) {
            return;
        }
        let Some(mark) = &mut resident.mark else { return };
        // What it was marked for comes first: it is what the worker died of.
        let marked = mark.task.filter(|task| resident.open.tasks.contains_key(task));
        let Some(task) = marked.or_else(|| resident.open.tasks.keys().next().copied()) else {
            return self.clear(local);
        };
        if mark.task != Some(task) {
            let attempt = resident.open.tasks.get(&task).map(|t| t.attempt);
            (mark.task, mark.attempt, mark.tries) = (Some(task), attempt, 0);
        }
        mark.crashes = resident.crashes;
        self.commit_mark(local, false, Some(task));
    }

    /// A turn of it was committed: progress.
    pub(super) fn progressed(&mut self, local: LocalId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        match &mut resident.mark {
            // Tried alone it stays on trial until all that waited was tried.
            Some(mark) if mark.level >= ALONE => mark.crashes = 0,
            Some(_) => {
                resident.mark = None;
                self.suspects.forget(local);
            }
            None => {}
        }
    }

    /// No longer suspect.
    fn clear(&mut self, local: LocalId) {
        let (now, lease) = (self.now, self.lease);
        self.suspects.forget(local);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        resident.mark = None;
        resident.crashes = 0;
        let tasks: Vec<TaskId> = resident.open.tasks.keys().copied().collect();
        if let Some(key) = resident.key.filter(|_| resident.uncommitted.is_none()) {
            let update = Some(InstanceUpdate {
                status: resident.status,
                ownership: Ownership::Keep,
                parked_reason: None,
                crashes: 0,
                custom_status: None,
                mark: None,
            });
            resident.uncommitted = Some(Effects { start: tasks, marks: true, ..Effects::default() });
            self.pending.push((local, Commit { update, ..Commit::new(Subject::Owned { lease, key }, now) }));
        } else if let Some(effects) = &mut resident.uncommitted {
            // Not before the turn is durable that is on its way.
            effects.start = tasks;
        }
    }

    /// Whether it is on trial and has made no progress yet.
    pub(super) fn is_tried(&self, local: LocalId) -> bool {
        self.suspects.tried.contains(&local) && self.residents.get(&local).is_some_and(|r| r.crashes > 0)
    }

    /// Time is up: who is still there has survived.
    fn end_trial(&mut self) {
        for local in std::mem::take(&mut self.suspects.tried) {
            self.clear(local);
        }
    }

    fn park_poisoned(&mut self, local: LocalId, reason: String, mark: &Mark) {
        let (now, lease) = (self.now, self.lease);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let Some(key) = resident.key else { return };
        tracing::error!(instance = %resident.id, orchestrator = %resident.name, "parked: {reason}");
        let update = Some(InstanceUpdate {
            status: Status::Parked,
            ownership: Ownership::Release { wake_at: None },
            parked_reason: Some(reason),
            crashes: resident.crashes,
            custom_status: None,
            mark: Some(mark.text()),
        });
        resident.presence = Presence::Absent;
        resident.uncommitted = Some(Effects::leaving());
        self.pending.push((local, Commit { update, ..Commit::new(Subject::Owned { lease, key }, now) }));
    }
}

/// Why a poisoned instance is parked.
fn poison(mark: &Mark, turns: &[PackedTurn]) -> String {
    let tries = mark.tries;
    let Some(task) = mark.task else {
        return format!(
            "poison: its orchestrator killed its worker {tries} times, each time while nothing else of it ran; fix the \
             code and `retry`, or `terminate` it"
        );
    };
    let decisions = turns.iter().filter_map(|t| t.unpack().ok()).flat_map(|t| t.decisions);
    let name = decisions.into_iter().find_map(|d| match d {
        Event::TaskScheduled { id, name, .. } if id == task => Some(name),
        _ => None,
    });
    format!(
        "poison: activity `{}` (operation {task}) killed its worker {tries} times, each time while nothing else of this \
         instance ran; `retry` tries again, `discard` fails the call with CallError::Poisoned",
        name.unwrap_or_default()
    )
}
