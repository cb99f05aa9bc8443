//! Bringing instances into memory: claims, takeovers, and reading back after a failure.

use std::collections::BTreeMap;

use super::resident::{OpenOperations, PendingTask, Presence, Queued, Resident};
use super::rewinding::{RewindRequest, births};
use super::{Effect, Engine, LocalId};
use crate::history::{CodecError, Event, SubOrchestrationCreated, Turn};
use crate::id::{InstanceId, MessageId, TaskId};
use crate::store::{ClaimedInstance, InboxMessage, StoreError, StoreErrorKind};
use crate::worker::session::Session;

/// What the history of an instance says, or why it cannot run here.
struct Rebuilt {
    session: Result<Session, String>,
    open: OpenOperations,
    /// Its last turn, if the history can be read.
    last: Result<Option<Turn>, ()>,
    /// A request to rewind it.
    rewind: Option<RewindRequest>,
    /// The children that a copied history has started.
    births: Vec<SubOrchestrationCreated>,
}

impl Engine {
    /// Instances that this worker owns now.
    pub fn claimed(&mut self, result: Result<Vec<ClaimedInstance>, StoreError>) {
        self.claiming = false;
        match result {
            Ok(claimed) => {
                self.store_answered();
                // As many as asked for: there may be more.
                let more = claimed.len() >= self.claim_limit;
                self.shares.claimed(more);
                self.claim_wanted |= more;
                self.counters.claimed += claimed.len() as u64;
                for instance in claimed {
                    self.admit(instance);
                }
            }
            Err(e) => {
                self.claim_wanted = true;
                self.store_failed(&e);
                // It may have given this worker instances that it does not know of, and nobody
                // else gets them while the lease is good: let go of all under a new lease.
                if e.kind() == StoreErrorKind::Unknown {
                    self.lose_lease();
                }
            }
        }
    }

    fn admit(&mut self, claimed: ClaimedInstance) {
        let stale = self.by_key.get(&claimed.record.key).copied();
        if let Some(stale) = stale {
            self.pending.retain(|(local, _)| *local != stale);
            self.reload_after_commit |= self.in_flight.as_ref().is_some_and(|locals| locals.contains(&stale));
            self.remove(stale);
        }
        let local = self.new_local();
        let record = claimed.record.clone();
        let inbox = claimed.inbox.iter().map(|m| Queued { message: m.message.clone(), inbox: Some(m.id) });
        let resident = Resident {
            key: Some(record.key),
            id: record.id.clone(),
            execution: record.execution,
            name: record.name,
            version: record.version,
            status: record.status,
            crashes: record.crashes,
            presence: Presence::Absent,
            mark: None,
            seen: last_of(&claimed.inbox),
            queue: inbox.collect(),
            uncommitted: None,
            open: OpenOperations::default(),
            start: None,
            births: Vec::new(),
            starter: None,
            waiters: Vec::new(),
            is_ready: false,
            stamp: 0,
        };
        self.by_key.insert(record.key, local);
        self.by_id.insert(record.id, local);
        self.residents.insert(local, resident);
        if self.suspect(local, &claimed) {
            return self.mail_again(local, self.marks.claim);
        }
        if stale.is_some() {
            // It was here all along (it was on its way out, or came back by a reload), and may
            // have written more since the claim read it: read it once more.
            return self.bring_back_later(local);
        }
        let mut rebuilt = self.rebuild(&claimed);
        if let Some(resident) = self.residents.get_mut(&local) {
            resident.open = std::mem::take(&mut rebuilt.open);
            resident.births = std::mem::take(&mut rebuilt.births);
        }
        self.settle(local, rebuilt);
        self.mail_again(local, self.marks.claim);
    }

    /// Asks for what is to be read back.
    pub(super) fn reload(&mut self) {
        let wanted = std::mem::take(&mut self.reload_wanted);
        let (mut keys, mut ids) = (Vec::new(), Vec::new());
        for local in &wanted {
            match self.residents.get(local) {
                Some(Resident { key: Some(key), .. }) => keys.push(*key),
                Some(Resident { id, .. }) => ids.push(id.clone()),
                None => {}
            }
        }
        self.reloading = Some(wanted);
        self.marks.reload = self.last_mail;
        self.effects.push(Effect::Reload(self.lease, keys, ids));
    }

    /// What was read back. Those that are not among it are not this worker's (any more).
    pub fn reloaded(&mut self, result: Result<Vec<ClaimedInstance>, StoreError>) {
        let wanted = self.reloading.take().unwrap_or_default();
        let found = match result {
            Ok(found) => found,
            Err(e) => {
                self.reload_wanted.extend(wanted);
                return self.store_failed(&e);
            }
        };
        self.store_answered();
        let mut found: BTreeMap<InstanceId, ClaimedInstance> =
            found.into_iter().map(|instance| (instance.record.id.clone(), instance)).collect();
        for local in wanted {
            let Some(resident) = self.residents.get(&local) else { continue };
            let holder = found.get(&resident.id).and_then(|i| self.by_key.get(&i.record.key));
            // A second start of an instance that runs here already leads nowhere.
            let is_held = holder.is_some_and(|holder| *holder != local);
            let id = resident.id.clone();
            match if is_held { None } else { found.remove(&id) } {
                Some(instance) => self.bring_back(local, instance),
                None => {
                    self.remove(local);
                }
            }
        }
    }

    /// Puts an instance back on the state that the store has. Activities that are running go on
    /// if they are still wanted.
    fn bring_back(&mut self, local: LocalId, found: ClaimedInstance) {
        if found.record.mark.is_none() && self.is_tried(local) {
            // The mark is not durable after all.
            return self.commit_mark(local, true, None);
        }
        let mut rebuilt = self.rebuild(&found);
        let Some(resident) = self.residents.get_mut(&local) else { return };
        resident.start = None;
        let mut orphans = Vec::new();
        for (id, old) in std::mem::take(&mut resident.open.tasks) {
            let Some(run) = old.run else { continue };
            match rebuilt.open.tasks.get_mut(&id).filter(|t| t.attempt == old.attempt) {
                Some(PendingTask { run: slot, .. }) => *slot = Some(run),
                None => orphans.push(run),
            }
        }
        resident.key = Some(found.record.key);
        resident.execution = found.record.execution;
        resident.crashes = found.record.crashes;
        resident.status = found.record.status;
        resident.open = std::mem::take(&mut rebuilt.open);
        resident.births = std::mem::take(&mut rebuilt.births);
        // What came through the inbox is in `found`; results of activities are only here.
        resident.queue.retain(|q| q.inbox.is_none() && resident.open.wants(&q.message) && q.message.task().is_some());
        resident.seen = last_of(&found.inbox);
        let inbox = found.inbox.into_iter().map(|m| Queued { message: m.message, inbox: Some(m.id) });
        let results = std::mem::take(&mut resident.queue);
        resident.queue = inbox.chain(results).collect();
        self.by_key.insert(found.record.key, local);
        self.by_id.insert(found.record.id, local);
        self.mail_again(local, self.marks.reload);
        for run in orphans {
            self.activities.cancel(run);
        }
        self.settle(local, rebuilt);
    }

    /// Lets an instance that has just come into memory do what it has to do.
    fn settle(&mut self, local: LocalId, rebuilt: Rebuilt) {
        if let Some(request) = rebuilt.rewind {
            return self.rewind(local, request);
        }
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let session = match rebuilt.session {
            Ok(session) => session,
            Err(reason) => {
                let start = resident.queue.iter().find_map(|q| match &q.message {
                    Event::ExecutionStarted(started) => started.parent.as_ref(),
                    _ => None,
                });
                let parent = resident.open.parent.as_ref().or(start);
                let asked_to_end = resident.queue.iter().find_map(|q| match &q.message {
                    Event::TerminateRequested { reason, by } if by.as_ref().is_none_or(|by| by.started(parent)) => {
                        Some(reason.clone())
                    }
                    _ => None,
                });
                return match (asked_to_end, rebuilt.last) {
                    (Some(why), Ok(last)) => self.terminate_unrunnable(local, last.as_ref(), &why),
                    _ => self.park(local, reason),
                };
            }
        };
        resident.presence = Presence::Live(Box::new(session));
        // A task whose result waits in the queue has run already.
        let answered: Vec<TaskId> = resident.queue.iter().filter_map(|q| q.message.task()).collect();
        let start: Vec<TaskId> = resident.open.tasks.keys().copied().filter(|t| !answered.contains(t)).collect();
        let timers: Vec<_> = resident.open.timers.keys().copied().collect();
        self.touch(local);
        self.arm(local, &timers);
        self.dispatch(local, &start);
        // Timers that are due already.
        self.tick(self.now);
        self.make_ready(local);
        self.try_next_task(local);
        self.release_if_idle(local);
    }

    fn rebuild(&self, claimed: &ClaimedInstance) -> Rebuilt {
        let record = &claimed.record;
        let mut open = OpenOperations::default();
        let turns: Result<Vec<Turn>, CodecError> = claimed.turns.iter().map(|t| t.unpack()).collect();
        let turns = match turns {
            Ok(turns) => turns,
            Err(e) => {
                let (rewind, births) = (None, Vec::new());
                return Rebuilt { session: Err(e.to_string()), open, last: Err(()), rewind, births };
            }
        };
        let rewind = RewindRequest::among(claimed.inbox.iter().map(|m| &m.message), &turns);
        let births = births(&turns, &claimed.inbox);
        for turn in &turns {
            open.absorb(turn);
        }
        let last = Ok(turns.last().cloned());
        let Some(code) = self.registry.orchestrator(&record.name, &record.version).cloned() else {
            let version =
                if record.version.is_empty() { String::new() } else { format!(" version {:?}", record.version) };
            let named = |(name, version): (&str, &str)| match version {
                "" => name.to_owned(),
                version => format!("{name}@{version}"),
            };
            let known: Vec<String> = self.registry.orchestrator_names().map(named).collect();
            let reason = format!(
                "no live worker has orchestrator `{}`{version} (this one knows: {}); it goes on when one that does is started",
                record.name,
                known.join(", ")
            );
            return Rebuilt { session: Err(reason), open, last, rewind, births };
        };
        if let Some(watch) = &self.turns {
            watch.begin(&record.id);
        }
        let session = Session::rebuild(record.id.clone(), record.execution, code, turns, self.double_run.clone())
            .map_err(|e| e.to_string());
        if let Some(watch) = &self.turns {
            watch.end();
        }
        Rebuilt { session, open, last, rewind, births }
    }
}

fn last_of(inbox: &[InboxMessage]) -> MessageId {
    inbox.last().map_or(MessageId(0), |m| m.id)
}
