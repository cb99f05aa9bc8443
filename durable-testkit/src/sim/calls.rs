//! Store calls on their way: carried out late, answered later, sometimes with an error.

use std::time::Duration;

use durable_core::store::{
    Claim, ClaimedInstance, Commit, CommitOutcome, InboxMessage, Lease, Offer, Store, StoreError, Subject,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, MessageId, Timestamp};

use super::block_on;
use super::describe::name;
use super::worker::stretched;
use super::world::{Next, Sim, Who};

/// What is asked of the store.
pub(super) enum Request {
    Commit(Vec<Commit>),
    Claim(Claim),
    Mail(Lease, MessageId),
    Reload(Lease, Vec<InstanceKey>, Vec<InstanceId>),
    /// The client's start of a job, through the store.
    Start(usize, Box<Commit>),
    /// The client's next message to a job.
    Act(usize, Box<Commit>),
    /// The client starts a job that has ended again, if it may.
    StartAgain(usize, Box<Commit>),
    /// Somebody lets a parked instance go on.
    Poke(Box<Commit>),
    /// What a worker does for `Effect::Recheck`.
    Recheck(Vec<Offer>),
    /// Somebody lets an instance that has failed go on from before its failure.
    Rewind(Box<Commit>),
    Purge(Vec<(InstanceKey, ExecutionId)>),
    Forget(Timestamp),
}

/// What it answers.
pub(super) enum Reply {
    Commit(Result<Vec<CommitOutcome>, StoreError>),
    Claim(Result<Vec<ClaimedInstance>, StoreError>),
    Mail(Result<Vec<InboxMessage>, StoreError>),
    Reload(Result<Vec<ClaimedInstance>, StoreError>),
    Start(usize, InstanceId, Result<CommitOutcome, StoreError>),
    Act(usize, Result<CommitOutcome, StoreError>),
    Poke(Box<Commit>, Result<CommitOutcome, StoreError>),
    /// Nobody waits for it.
    Nothing,
}

pub(super) struct Call {
    /// Who waits for it; nobody for the client's.
    pub(super) who: Option<Who>,
    pub(super) request: Option<Request>,
    reply: Option<Reply>,
}

impl Sim {
    pub(super) fn call(&mut self, who: Who, request: Request) {
        let slowness = self.live(who).map_or(1, |live| live.slowness);
        self.call_for(Some(who), slowness, request);
    }

    pub(super) fn call_for(&mut self, who: Option<Who>, slowness: u32, request: Request) {
        self.last_call += 1;
        let id = self.last_call;
        self.note(format_args!("{}: call {id}: {}", name(who), request.describe()));
        self.calls.insert(id, Call { who, request: Some(request), reply: None });
        let after = stretched(self.latency(), slowness);
        self.plan(after, Next::Perform(id));
    }

    /// The calls of this worker that the store has not carried out.
    pub(super) fn calls_of(&self, who: Who) -> Vec<u64> {
        let waiting = self.calls.iter().filter(|(_, c)| c.who == Some(who) && c.request.is_some());
        waiting.map(|(id, _)| *id).collect()
    }

    /// Whether the store may have carried out a commit of this worker that it does not know of.
    pub(super) fn has_unanswered_commit(&mut self, who: Who) -> bool {
        if self.live(who).is_some_and(|live| live.uncertain_since.is_some()) {
            return true;
        }
        self.calls.values().any(|c| c.who == Some(who) && matches!(c.reply, Some(Reply::Commit(_))))
    }

    /// The store carries out a call, or fails; the answer is on its way.
    pub(super) fn perform(&mut self, id: u64) {
        let Some(request) = self.calls.get_mut(&id).and_then(|c| c.request.take()) else { return };
        let fault = self.draw_fault(&request);
        let reply = match fault {
            Some((e, false)) => {
                self.counters.failed_calls += 1;
                self.note(format_args!("call {id} fails, not applied: {e}"));
                request.failed(e)
            }
            Some((e, true)) => {
                self.counters.failed_calls += 1;
                self.counters.unknown_applied += 1;
                self.note(format_args!("call {id} is applied, and fails: {e}"));
                let again = request.failed(e);
                self.carry_out(id, request);
                again
            }
            None => self.carry_out(id, request),
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.reply = Some(reply);
        }
        let after = self.latency();
        self.plan(after, Next::Answer(id));
    }

    /// An error, and whether the call is applied all the same.
    fn draw_fault(&mut self, request: &Request) -> Option<(StoreError, bool)> {
        // A recheck that fails is not tried again by its worker.
        if !self.faults || matches!(request, Request::Recheck(_)) || !self.rng.chance(60) {
            return None;
        }
        let is_read = matches!(request, Request::Mail(..));
        Some(match self.rng.below(5) {
            0 => (StoreError::Busy("simulated".into()), false),
            _ if is_read => (StoreError::Other("simulated".into()), false),
            1 => (StoreError::Full("simulated".into()), false),
            2 => (StoreError::Unknown("simulated, not applied".into()), false),
            _ => (StoreError::Unknown("simulated, applied".into()), true),
        })
    }

    fn carry_out(&mut self, id: u64, request: Request) -> Reply {
        let store = self.store.clone();
        match request {
            Request::Commit(batch) => {
                let result = block_on(store.commit(batch.clone()));
                self.see_commits(id, &batch, &result);
                Reply::Commit(result)
            }
            Request::Start(job, commit) => {
                let started = started_id(&commit);
                let result = self.commit_one(id, *commit);
                self.client.carried_out(job, false, &result);
                Reply::Start(job, started, result)
            }
            Request::Act(job, commit) => {
                let result = self.commit_one(id, *commit);
                self.client.carried_out(job, true, &result);
                Reply::Act(job, result)
            }
            Request::StartAgain(job, commit) => {
                self.settle(job);
                if let Ok(CommitOutcome::Applied { .. }) = self.commit_one(id, *commit) {
                    self.counters.started_again += 1;
                }
                Reply::Nothing
            }
            Request::Poke(commit) => {
                let result = self.commit_one(id, (*commit).clone());
                Reply::Poke(commit, result)
            }
            Request::Rewind(commit) => {
                if let Ok(CommitOutcome::Applied { .. }) = self.commit_one(id, *commit) {
                    self.counters.rewound += 1;
                }
                Reply::Nothing
            }
            Request::Recheck(offers) => {
                self.recheck(offers);
                Reply::Nothing
            }
            Request::Purge(named) => {
                self.purge(&named);
                Reply::Nothing
            }
            Request::Forget(before) => {
                self.forget(before);
                Reply::Nothing
            }
            Request::Claim(claim) => {
                let lease = claim.lease;
                let result = block_on(store.claim(claim));
                for claimed in result.iter().flatten() {
                    self.note(format_args!(
                        "call {id}: claimed {} at turn {}, {} messages",
                        claimed.record.id,
                        claimed.turns.len(),
                        claimed.inbox.len()
                    ));
                    if let Err(what) = self.monitor.claimed(lease, claimed) {
                        self.violation(what);
                    }
                }
                Reply::Claim(result)
            }
            Request::Mail(lease, after) => {
                let result = block_on(store.mail(lease, after));
                for m in result.iter().flatten() {
                    self.note(format_args!("call {id}: mail {} to {}: {}", m.id, m.to, m.message));
                }
                Reply::Mail(result)
            }
            Request::Reload(lease, keys, ids) => {
                let result = block_on(reload(&*store, lease, keys, ids));
                for found in result.iter().flatten() {
                    self.note(format_args!(
                        "call {id}: reloaded {} at turn {}, {} messages",
                        found.record.id,
                        found.turns.len(),
                        found.inbox.len()
                    ));
                }
                Reply::Reload(result)
            }
        }
    }

    /// The answer arrives.
    pub(super) fn answer(&mut self, id: u64) {
        let Some(who) = self.calls.get(&id).map(|c| c.who) else { return };
        if let Some(who) = who
            && self.live(who).is_some()
            && self.awake(who, Next::Answer(id)).is_none()
        {
            return;
        }
        let Some(reply) = self.calls.remove(&id).and_then(|c| c.reply) else { return };
        self.note(format_args!("{}: call {id} is answered", name(who)));
        let reply = match reply {
            Reply::Start(job, id, result) => return self.start_answered(job, id, result),
            Reply::Act(job, result) => return self.act_answered(job, result),
            Reply::Poke(commit, result) => return self.poke_answered(*commit, &result),
            Reply::Nothing => return,
            reply => reply,
        };
        let last_call = self.last_call;
        let Some(live) = who.and_then(|who| self.live(who)) else { return };
        match reply {
            Reply::Commit(result) => {
                if result.is_err() {
                    live.uncertain_since = Some(last_call);
                }
                live.engine.committed(result);
            }
            Reply::Claim(result) => live.engine.claimed(result),
            Reply::Mail(result) => live.engine.mail(result),
            Reply::Reload(result) => {
                if result.is_ok() {
                    live.uncertain_since = live.uncertain_since.filter(|since| *since >= id);
                }
                live.engine.reloaded(result);
            }
            Reply::Start(..) | Reply::Act(..) | Reply::Poke(..) | Reply::Nothing => {}
        }
        if let Some(who) = who {
            self.wake(who);
        }
    }

    /// Long enough for any call to have come back, without faults.
    pub(super) fn settle_time() -> Duration {
        Duration::from_millis(500)
    }
}

impl Call {
    /// Whether it may still create an instance.
    pub(super) fn is_start(&self) -> bool {
        match &self.request {
            Some(Request::Start(..) | Request::StartAgain(..)) => true,
            Some(Request::Commit(batch)) => batch.iter().any(|c| matches!(c.subject, Subject::New(_))),
            _ => false,
        }
    }
}

impl Request {
    /// The answer that says that this has failed.
    fn failed(&self, e: StoreError) -> Reply {
        match self {
            Request::Commit(_) => Reply::Commit(Err(e)),
            Request::Claim(_) => Reply::Claim(Err(e)),
            Request::Mail(..) => Reply::Mail(Err(e)),
            Request::Reload(..) => Reply::Reload(Err(e)),
            Request::Start(job, commit) => Reply::Start(*job, started_id(commit), Err(e)),
            Request::Act(job, _) => Reply::Act(*job, Err(e)),
            Request::Poke(commit) => Reply::Poke(commit.clone(), Err(e)),
            Request::StartAgain(..)
            | Request::Rewind(_)
            | Request::Recheck(_)
            | Request::Purge(_)
            | Request::Forget(_) => Reply::Nothing,
        }
    }
}

/// Which instance a start is to make.
fn started_id(commit: &Commit) -> InstanceId {
    match &commit.subject {
        Subject::New(new) => new.id.clone(),
        _ => InstanceId::from_stored(""),
    }
}

/// What a worker does for `Effect::Reload`.
async fn reload(
    store: &dyn Store,
    lease: Lease,
    keys: Vec<InstanceKey>,
    ids: Vec<InstanceId>,
) -> Result<Vec<ClaimedInstance>, StoreError> {
    let mut found = store.reload(lease, keys).await?;
    let mut mine = Vec::new();
    for id in ids {
        let record = store.instance(id).await?;
        mine.extend(record.filter(|r| r.owner == Some(lease.worker)).map(|r| r.key));
    }
    if !mine.is_empty() {
        found.extend(store.reload(lease, mine).await?);
    }
    Ok(found)
}
