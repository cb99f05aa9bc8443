//! What follows a commit.

use super::resident::{CanceledRun, PendingTask, Presence, Queued};
use super::{Ended, Engine, LocalId, StartRefused, Started};
use crate::history::Event;
use crate::id::{ExecutionId, InstanceKey};
use crate::store::{CommitOutcome, Status, StoreError};

impl Engine {
    /// The batch of the last [`Effect::Commit`](super::Effect::Commit) has come back.
    pub fn committed(&mut self, result: Result<Vec<CommitOutcome>, StoreError>) {
        let locals = self.in_flight.take().unwrap_or_default();
        self.reload_after_commit = false;
        match result {
            Ok(outcomes) => {
                self.store_answered();
                self.counters.batches += 1;
                debug_assert_eq!(locals.len(), outcomes.len(), "one outcome per commit");
                for (local, outcome) in locals.into_iter().zip(outcomes) {
                    self.outcome(local, outcome);
                }
            }
            Err(e) => {
                self.store_failed(&e);
                for local in locals {
                    self.uncertain(local, &e);
                }
            }
        }
    }

    fn outcome(&mut self, local: LocalId, outcome: CommitOutcome) {
        match outcome {
            CommitOutcome::Applied { key, execution } => self.applied(local, key, execution),
            CommitOutcome::OtherExecution { execution } => self.begin_again(local, execution),
            refused => {
                let Some(resident) = self.residents.get(&local) else { return };
                if resident.key.is_some() {
                    tracing::warn!(instance = %resident.id, ?refused, "a turn was refused; reading the instance back");
                    // The session is at a state that the store does not have. If the instance is
                    // still this worker's, nobody else will ever bring it back.
                    return self.bring_back_later(local);
                }
                if let Some(starter) = self.remove(local).and_then(|r| r.starter) {
                    let _ = starter.send(Err(StartRefused::Outcome(refused)));
                }
            }
        }
    }

    fn applied(&mut self, local: LocalId, key: InstanceKey, execution: ExecutionId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        let Some(effects) = resident.uncommitted.take() else { return };
        let is_new = resident.key.replace(key).is_none();
        self.counters.turns += u64::from(effects.is_turn);
        self.counters.started += u64::from(is_new);
        match effects.ended.as_ref().map(|ended| ended.status) {
            Some(Status::Completed) => self.counters.completed += 1,
            Some(Status::Failed) => self.counters.failed += 1,
            Some(Status::Terminated) => self.counters.terminated += 1,
            _ => {}
        }
        resident.start = None;
        if effects.delivered {
            // Perhaps to an instance that this worker runs, or can run.
            self.mail_wanted = true;
            self.claim_wanted = true;
        }
        if let Some(starter) = resident.starter.take() {
            let (waiter, ended) = tokio::sync::oneshot::channel();
            if starter.send(Ok(Started { key, execution, ended })).is_ok() {
                resident.waiters.push(waiter);
            }
        }
        for canceled in effects.cancel {
            self.activities.cancel(canceled.run);
        }
        if let Some(ended) = effects.ended {
            self.tell_waiters(local, &ended);
        }
        if let Some(offer) = effects.recheck {
            self.recheck_wanted.push(offer);
        }
        if effects.leaves {
            self.remove(local);
            return;
        }
        if effects.reads_back {
            return self.bring_back_later(local);
        }
        if is_new && let Some(resident) = self.residents.get(&local) {
            self.by_key.insert(key, local);
            self.by_id.insert(resident.id.clone(), local);
            self.mail_again(local, self.marks.commit);
        }
        if let Some(continued) = effects.continued {
            return self.begin_next(local, execution, continued);
        }
        self.arm(local, &effects.arm);
        if effects.marks {
            self.dispatch_now(local, &effects.start);
        } else {
            self.progressed(local);
            self.dispatch(local, &effects.start);
        }
        self.make_ready(local);
        if effects.marks || self.holds_back(local) {
            self.try_next_task(local);
            self.release_if_idle(local);
        }
    }

    fn tell_waiters(&mut self, local: LocalId, ended: &Ended) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        for waiter in resident.waiters.drain(..) {
            let _ = waiter.send(ended.clone());
        }
    }

    /// A commit failed; whether it is on disk is unknown, or it certainly is not. Either way the
    /// session is one turn ahead of what is known: it is rebuilt from the store.
    fn uncertain(&mut self, local: LocalId, e: &StoreError) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        if let Some(starter) = resident.starter.take() {
            let _ = starter.send(Err(StartRefused::Store(e.clone())));
        }
        self.bring_back_later(local);
    }

    /// Discards the session with its uncommitted turn, and asks for what the store has.
    pub(super) fn bring_back_later(&mut self, local: LocalId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        if let Some(effects) = resident.uncommitted.take() {
            // The results that it consumed are recorded nowhere yet, and what it cancelled runs
            // on: without both, activities would run again for every failed commit.
            // Reports of children came through the inbox: if they are not recorded, they are there.
            let is_result = |m: &Event| {
                matches!(m, Event::TaskCompleted { .. } | Event::TaskFailed { .. } | Event::TimerFired { .. })
            };
            let results = effects.messages.into_iter().filter(is_result);
            resident.queue.splice(0..0, results.map(|message| Queued { message, inbox: None }));
            for CanceledRun { task, attempt, run } in effects.cancel {
                resident.open.tasks.insert(task, PendingTask { attempt, call: None, run: Some(run), heartbeat: None });
            }
        }
        resident.presence = Presence::Reloading;
        self.lru.remove(&resident.stamp);
        self.reload_wanted.push(local);
    }
}
