//! What operators do while workers run: purge, start again under a policy, rewind, forget old requests,
//! let go on what is parked.

use std::time::Duration;

use durable_core::history::{Event, ExecutionStarted, PackedTurn};
use durable_core::store::{
    Commit, CommitOutcome, Delivery, InstanceFilter, InstanceQuery, NewInstance, Recipient, Status, StatusSet,
    StoreError, Subject,
};
use durable_core::{ExecutionId, InstanceKey, Timestamp};

use super::block_on;
use super::calls::Request;
use super::workload::Expected;
use super::world::{Next, Sim};
use crate::checker::check_purged;

/// A request is remembered for so long: longer than anybody here tries again.
const REMEMBERED: Duration = Duration::from_secs(40);

/// Until then operators do something now and then.
const AT_WORK: Timestamp = Timestamp::from_unix_micros(20_000_000);

impl Sim {
    pub(super) fn operate(&mut self) {
        match self.rng.below(10) {
            0..=4 => self.purge_some(),
            5 | 6 => self.start_again_some(),
            7 | 8 => self.rewind_some(),
            _ => {
                let before = Timestamp::from_unix_micros(self.now.unix_micros() - REMEMBERED.as_micros() as i64);
                self.call_for(None, 1, Request::Forget(before));
            }
        }
        if self.now < AT_WORK {
            let after = self.rng.millis(200, 4000);
            self.plan(after, Next::Operate);
        }
    }

    /// Some of those that have ended; and some that have not, which must stay.
    fn purge_some(&mut self) {
        let mut named = Vec::new();
        for (statuses, limit) in [(StatusSet::FINISHED, 6), (StatusSet::UNFINISHED, 2)] {
            let filter = InstanceFilter { statuses, ..InstanceFilter::default() };
            let descending = self.rng.chance(500);
            let page = block_on(self.store.query(InstanceQuery { filter, descending, after: None, limit }));
            let page = match page {
                Ok(page) => page,
                Err(e) => return self.violation(format!("the store cannot be read: {e}")),
            };
            for r in page.instances {
                let is_needed = self.client.starts.iter().any(|s| s.is_it(&r.id) && !s.may_go());
                if !is_needed && self.rng.chance(400) {
                    // Now and then it is another execution that is named.
                    let later = u32::from(self.rng.chance(100));
                    named.push((r.key, ExecutionId(r.execution.0 + later)));
                }
            }
        }
        if !named.is_empty() {
            self.call_for(None, 1, Request::Purge(named));
        }
    }

    /// The store carries it out.
    pub(super) fn purge(&mut self, named: &[(InstanceKey, ExecutionId)]) {
        let gone = self.monitor.purgeable(named);
        for job in 0..self.client.starts.len() {
            let id = self.client.starts[job].id.clone();
            if gone.iter().any(|(key, _)| self.monitor.key(&id) == Some(*key)) {
                self.settle(job);
                self.client.starts[job].settled = true;
            }
        }
        match block_on(self.store.purge(named.to_vec())) {
            Ok(count) if count == gone.len() as u64 => {}
            Ok(count) => {
                return self.violation(format!("I19: {count} were purged of {named:?}, which ended are {gone:?}"));
            }
            Err(e) => return self.violation(format!("nothing could be purged: {e}")),
        }
        self.counters.purged += gone.len() as u64;
        self.monitor.purge(&gone);
        gone.iter().for_each(|(key, _)| self.observer.purged(*key));
        match block_on(check_purged(&*self.store, &gone)) {
            Ok(report) => report.violations().iter().for_each(|v| self.violation(v.to_string())),
            Err(e) => self.violation(format!("the store cannot be read: {e}")),
        }
    }

    /// Looks at how a job has ended before nothing of it is left.
    pub(super) fn settle(&mut self, job: usize) {
        let Some(start) = self.client.starts.get(job) else { return };
        let Ok(Some(r)) = block_on(self.store.instance(start.id.clone())) else { return };
        if !r.status.is_finished() || (r.status == Status::Terminated && start.job.may_be_terminated) {
            return;
        }
        let turns = block_on(self.store.history(r.key, r.execution)).map_err(|e| e.to_string());
        let turns: Result<Vec<_>, String> =
            turns.and_then(|t| t.iter().map(|t| PackedTurn::unpack(t).map_err(|e| e.to_string())).collect());
        if let Err(what) = turns.and_then(|turns| start.job.expected.compare(&turns)) {
            let what = format!("{}: {what}", start.id);
            self.violation(what);
        }
    }

    /// A job that has ended is started again, if how it has ended allows it.
    fn start_again_some(&mut self) {
        let may = |(_, s): &(usize, &super::client::Start)| s.may_go() && !s.settled && s.job.script.is_empty();
        let jobs: Vec<usize> = self.client.starts.iter().enumerate().filter(may).map(|(job, _)| job).collect();
        if jobs.is_empty() {
            return;
        }
        let start = &self.client.starts[jobs[self.rng.index(jobs.len())]];
        let (id, of) = (start.id.clone(), start.job.clone());
        let replaces = match self.rng.below(5) {
            0 => StatusSet::NONE,
            1 => StatusSet::of(&[Status::Failed, Status::Terminated]),
            2 => Status::Completed.into(),
            _ => StatusSet::FINISHED,
        };
        let started = ExecutionStarted::new(of.name, of.version, of.input, self.rng.word());
        let new = NewInstance { replaces, ..NewInstance::new(id.clone(), of.name, of.version) };
        let message = Event::ExecutionStarted(Box::new(started));
        let deliveries = vec![Delivery { to: Recipient::Subject, message }];
        let commit = Commit { deliveries, ..Commit::new(Subject::New(new), self.now) };
        let Some(job) = self.client.starts.iter().position(|s| s.id == id) else { return };
        self.call_for(None, 1, Request::StartAgain(job, Box::new(commit)));
    }

    /// A job that has failed goes on from before its failure. The simulator's jobs fail again.
    fn rewind_some(&mut self) {
        let fails = |s: &&mut super::client::Start| s.acknowledged && matches!(s.job.expected, Expected::Error(_));
        let mut jobs: Vec<_> = self.client.starts.iter_mut().filter(fails).collect();
        let place = self.rng.index(jobs.len());
        let Some(start) = jobs.get_mut(place) else { return };
        start.rewound = true;
        let subject = Subject::Finished { id: start.id.clone(), among: Status::Failed.into() };
        let message = Event::RewindRequested { reason: "simulated".into(), by: None };
        let deliveries = vec![Delivery { to: Recipient::Subject, message }];
        let commit = Commit { deliveries, ..Commit::new(subject, self.now) };
        self.call_for(None, 1, Request::Rewind(Box::new(commit)));
    }

    pub(super) fn forget(&mut self, before: Timestamp) {
        let expected = self.monitor.requests.forget(before);
        match block_on(self.store.forget_requests(before, usize::MAX >> 1)) {
            Ok(count) if count == expected => {}
            Ok(count) => self.violation(format!("I4: {count} requests were forgotten, not {expected}")),
            Err(e) => self.violation(format!("no request could be forgotten: {e}")),
        }
    }

    /// Lets an instance go on that is parked.
    pub(super) fn poke(&mut self, key: InstanceKey) {
        let rows = block_on(self.store.instances(InstanceKey(key.0 - 1), 1)).unwrap_or_default();
        let Some(r) = rows.into_iter().find(|r| r.key == key && r.status == Status::Parked) else { return };
        let subject = Subject::Existing { id: r.id, unpark: true };
        self.call_for(None, 1, Request::Poke(Box::new(Commit::new(subject, self.now))));
    }

    pub(super) fn poke_answered(&mut self, commit: Commit, result: &Result<CommitOutcome, StoreError>) {
        let Subject::Existing { id, .. } = &commit.subject else { return };
        if result.is_err()
            && let Some(key) = self.monitor.key(id)
        {
            let after = self.rng.millis(10, 300);
            self.plan(after, Next::Poke(key));
        }
    }
}
