//! The client: starts every orchestration, through a worker or through the store, and tries
//! again until it knows that it is there.

use std::time::Duration;

use durable_core::history::{Event, ExecutionStarted};
use durable_core::store::{Commit, CommitOutcome, Delivery, NewInstance, Recipient, StoreError, Subject};
use durable_core::worker::engine::{Ended, StartRefused, StartRequest, Started};
use durable_core::{ExecutionId, InstanceId, RequestId};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::calls::{Call, Request};
use super::workload::Job;
use super::world::{Next, Sim, Who};
use super::{Config, Rng, block_on};

pub(super) struct Client {
    pub(super) starts: Vec<Start>,
}

/// What a worker says that was asked to start an instance of some id.
type Answer = oneshot::Receiver<Result<Started, StartRefused>>;

/// One orchestration, and what is known of it.
pub(super) struct Start {
    pub(super) id: InstanceId,
    pub(super) job: Job,
    pub(super) acknowledged: bool,
    /// It was purged; what had come of it was looked at before.
    pub(super) settled: bool,
    /// Somebody has asked for it to go on from before its failure.
    pub(super) rewound: bool,
    /// Its number. Of a client that names its requests each try asks for an instance of another id,
    /// and the store alone knows which try came about.
    number: usize,
    by_request: bool,
    tries: u32,
    /// Whether the store has carried out its start, whatever the client was told.
    begun: bool,
    /// The next step of its script.
    step: usize,
    /// Whether the store has carried out that step, whatever the client was told.
    acted: bool,
    /// Not before this, if it is started through the store.
    delay: Duration,
    reply: Option<(Who, InstanceId, Answer)>,
    ended: Option<(ExecutionId, oneshot::Receiver<Ended>)>,
}

impl Start {
    fn draw(rng: &mut Rng, config: &Config, number: usize) -> Self {
        let job = Job::draw(rng, config.size);
        Self {
            id: InstanceId::from_stored(&format!("{}-{number}", &job.name[4..])),
            job,
            acknowledged: false,
            settled: false,
            rewound: false,
            number,
            by_request: rng.chance(500),
            tries: 0,
            begun: false,
            step: 0,
            acted: false,
            delay: if rng.chance(200) { rng.millis(0, 4000) } else { Duration::ZERO },
            reply: None,
            ended: None,
        }
    }

    /// The id that the next try asks for.
    fn next_id(&mut self) -> InstanceId {
        self.tries += 1;
        if self.by_request && self.tries > 1 {
            let name = &self.job.name[4..];
            return InstanceId::from_stored(&format!("{name}-{}.try{}", self.number, self.tries));
        }
        self.id.clone()
    }

    /// Whether an instance of this id is, or may turn out to be, this one.
    pub(super) fn is_it(&self, id: &InstanceId) -> bool {
        let other = format!("{}-{}.try", &self.job.name[4..], self.number);
        *id == self.id || (!self.acknowledged && id.as_str().starts_with(&other))
    }

    /// Whether nobody can start it once more by what is under way.
    pub(super) fn may_go(&self) -> bool {
        self.acknowledged && self.reply.is_none() && (self.by_request || self.tries <= 1)
    }

    /// What the client calls a request of this kind.
    fn request(&self, what: &str) -> Option<durable_core::store::Request> {
        let id = RequestId::new(format!("{what} {}", self.number)).ok();
        let operation = format!("{what} of {}", self.job.name);
        id.filter(|_| self.by_request).map(|id| durable_core::store::Request { id, operation })
    }
}

impl Client {
    pub(super) fn draw(rng: &mut Rng, config: &Config) -> Self {
        let count = rng.between(1, config.instances.max(1) as u64);
        Self { starts: (0..count).map(|n| Start::draw(rng, config, usize::try_from(n).unwrap_or(0))).collect() }
    }

    /// The simulator knows what an unknown outcome hides: what is sent again has not arrived.
    pub(super) fn carried_out(&mut self, job: usize, acts: bool, result: &Result<CommitOutcome, StoreError>) {
        let is_applied = matches!(result, Ok(CommitOutcome::Applied { .. }));
        if let Some(start) = self.starts.get_mut(job) {
            let done = if acts { &mut start.acted } else { &mut start.begun };
            *done |= is_applied;
        }
    }

    pub(super) fn jobs(&self) -> usize {
        self.starts.len()
    }
}

impl Sim {
    pub(super) fn start(&mut self, job: usize) {
        let Some(start) = self.client.starts.get(job) else { return };
        if start.acknowledged {
            return;
        }
        let id = start.id.clone();
        // What failed in between may be there all the same; who names its requests need not know.
        match block_on(self.store.instance(id)) {
            _ if start.by_request => {}
            Ok(None) => {}
            Ok(Some(_)) => return self.acknowledge(job),
            Err(e) => return self.violation(format!("the store cannot be read: {e}")),
        }
        let awake: Vec<Who> = self.everybody();
        let awake: Vec<Who> =
            awake.into_iter().filter(|who| self.live(*who).is_some_and(|l| l.paused_until.is_none())).collect();
        // What a worker is asked to start may be started twice, and there is one script.
        let start = &mut self.client.starts[job];
        let through_worker = !self.config.faults || start.by_request || start.job.script.is_empty();
        let (id, request, of) = (start.next_id(), start.request("start"), start.job.clone());
        let started = ExecutionStarted::new(of.name, of.version, of.input.clone(), self.rng.word());
        let instance = NewInstance::new(id.clone(), of.name, of.version);
        if through_worker && !awake.is_empty() && self.rng.chance(600) {
            let who = awake[self.rng.index(awake.len())];
            let (reply, receiver) = oneshot::channel();
            self.note(format_args!("the client starts {id} {} through w{}", of.input, who.slot));
            self.client.starts[job].reply = Some((who, id, receiver));
            if let Some(live) = self.live(who) {
                live.engine.start(StartRequest { instance, started, request, reply });
            }
            self.wake(who);
            // If the worker goes, its end of the channel goes with it.
            self.plan(Self::settle_time(), Next::Start(job));
            return;
        }
        // Each try is a start of its own: two of them may come about, one after the other.
        let delay = self.client.starts[job].delay;
        let start_at = (!delay.is_zero()).then(|| self.now + delay);
        let new = NewInstance { start_at, ..instance };
        let message = Event::ExecutionStarted(Box::new(started));
        let deliveries = vec![Delivery { to: Recipient::Subject, message }];
        let commit = Commit { deliveries, request, ..Commit::new(Subject::New(new), self.now) };
        self.call_for(None, 1, Request::Start(job, Box::new(commit)));
    }

    /// The store has answered a start.
    pub(super) fn start_answered(&mut self, job: usize, asked: InstanceId, result: Result<CommitOutcome, StoreError>) {
        let start = &mut self.client.starts[job];
        match result {
            Ok(CommitOutcome::Applied { .. }) => {
                start.id = asked;
                self.acknowledge(job);
            }
            Ok(CommitOutcome::Repeated { id, .. }) => {
                start.id = id;
                self.acknowledge(job);
            }
            Ok(CommitOutcome::AlreadyExists { .. }) if !start.by_request => self.acknowledge(job),
            _ if start.begun && !start.by_request => self.acknowledge(job),
            _ => self.start_again(job),
        }
    }

    /// The client takes the next step of a script.
    pub(super) fn act(&mut self, job: usize) {
        let Some(start) = self.client.starts.get(job) else { return };
        let Some((_, message)) = start.job.script.get(start.step).cloned() else { return };
        if start.by_request && !start.acknowledged {
            let after = self.rng.millis(10, 300);
            return self.plan(after, Next::Act(job));
        }
        let request = start.request(&format!("step {} of", start.step));
        let unpark = matches!(message, Event::TerminateRequested { .. });
        let subject = Subject::Existing { id: start.id.clone(), unpark };
        let deliveries = vec![Delivery { to: Recipient::Subject, message }];
        let commit = Commit { deliveries, request, ..Commit::new(subject, self.now) };
        self.call_for(None, 1, Request::Act(job, Box::new(commit)));
    }

    pub(super) fn act_answered(&mut self, job: usize, result: Result<CommitOutcome, StoreError>) {
        let Some(start) = self.client.starts.get_mut(job) else { return };
        let is_done = match result {
            Ok(CommitOutcome::Applied { .. } | CommitOutcome::Repeated { .. }) => true,
            // Who names its requests asks again; for the other one the simulator knows.
            _ => start.acted && !start.by_request,
        };
        let is_over = matches!(result, Ok(CommitOutcome::Finished { .. })) || start.settled;
        let after = if is_done {
            start.acted = false;
            start.step += 1;
            self.counters.messages += 1;
            start.job.script.get(start.step).map(|(after, _)| *after)
        } else if is_over {
            None
        } else {
            Some(self.rng.millis(10, 300))
        };
        if let Some(after) = after {
            self.plan(after, Next::Act(job));
        }
    }

    fn start_again(&mut self, job: usize) {
        let after = self.rng.millis(10, 500);
        self.plan(after, Next::Start(job));
    }

    /// I3: what was acknowledged is there.
    fn acknowledge(&mut self, job: usize) {
        let Some(start) = self.client.starts.get_mut(job).filter(|s| !s.acknowledged) else { return };
        start.acknowledged = true;
        let id = start.id.clone();
        self.note(format_args!("{id} is started"));
        if !matches!(block_on(self.store.instance(id.clone())), Ok(Some(_))) {
            self.violation(format!("I3: the start of {id} was acknowledged, but it is not there"));
        }
    }

    /// Takes what this worker has told the client.
    pub(super) fn hear(&mut self, who: Who) {
        for job in 0..self.client.starts.len() {
            let start = &mut self.client.starts[job];
            if start.reply.as_ref().is_some_and(|(from, ..)| *from == who) {
                let answer = start.reply.as_mut().map(|(_, _, r)| r.try_recv());
                let asked = start.reply.as_ref().map_or_else(|| start.id.clone(), |(_, id, _)| id.clone());
                match answer {
                    None | Some(Err(TryRecvError::Empty)) => {}
                    Some(Ok(Ok(started))) => {
                        start.reply = None;
                        start.ended = Some((started.execution, started.ended));
                        start.id = asked;
                        self.acknowledge(job);
                    }
                    Some(Ok(Err(StartRefused::Outcome(outcome)))) => {
                        self.client.starts[job].reply = None;
                        self.start_answered(job, asked, Ok(outcome));
                    }
                    Some(Ok(Err(_)) | Err(TryRecvError::Closed)) => {
                        self.client.starts[job].reply = None;
                        self.start_again(job);
                    }
                }
            }
            let told = self.client.starts[job].ended.as_mut().and_then(|(of, e)| Some((*of, e.try_recv().ok()?)));
            if let Some((execution, ended)) = told {
                self.client.starts[job].ended = None;
                self.told(job, execution, &ended);
            }
        }
    }

    /// I3: an end that a waiter has heard of is in the store.
    fn told(&mut self, job: usize, execution: ExecutionId, ended: &Ended) {
        let id = self.client.starts[job].id.clone();
        self.note(format_args!("{id} has ended as {}", ended.status));
        match block_on(self.store.instance(id.clone())) {
            Ok(Some(r)) if r.status == ended.status => {}
            // It goes on.
            Ok(Some(_)) if self.client.starts[job].rewound => {}
            // A start that was tried twice has made a second execution since.
            Ok(Some(r)) if r.execution > execution => {}
            Ok(Some(r)) => self.violation(format!("I3: {id} was said to be {}, but it is {}", ended.status, r.status)),
            Ok(None) if self.monitor.was_purged(&id) == Some(ended.status) => {}
            Ok(None) | Err(_) => {
                self.violation(format!("I3: {id} was said to be {}, but it is not there", ended.status))
            }
        }
    }

    /// Whether every orchestration is there and has ended.
    pub(super) fn is_done(&self) -> bool {
        self.client.starts.iter().all(|s| s.acknowledged)
            && self.monitor.all_finished()
            && !self.calls.values().any(Call::is_start)
    }
}
