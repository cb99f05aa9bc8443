//! The client: starts every orchestration, through a worker or through the store, and tries
//! again until it knows that it is there.

use std::time::Duration;

use durable_core::history::{Event, ExecutionStarted};
use durable_core::store::{Commit, CommitOutcome, Delivery, NewInstance, Recipient, StoreError, Subject};
use durable_core::worker::engine::{Ended, StartRefused, StartRequest, Started};
use durable_core::{ExecutionId, InstanceId};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::calls::{Call, Request};
use super::workload::Job;
use super::world::{Next, Sim, Who};
use super::{Config, Rng, block_on};

pub(super) struct Client {
    pub(super) starts: Vec<Start>,
}

/// One orchestration, and what is known of it.
pub(super) struct Start {
    pub(super) id: InstanceId,
    pub(super) job: Job,
    pub(super) acknowledged: bool,
    /// Whether the store has carried out its start, whatever the client was told.
    begun: bool,
    /// The next step of its script.
    step: usize,
    /// Whether the store has carried out that step, whatever the client was told.
    acted: bool,
    /// Not before this, if it is started through the store.
    delay: Duration,
    reply: Option<(Who, oneshot::Receiver<Result<Started, StartRefused>>)>,
    ended: Option<(ExecutionId, oneshot::Receiver<Ended>)>,
}

impl Client {
    pub(super) fn draw(rng: &mut Rng, config: &Config) -> Self {
        let count = rng.between(1, config.instances.max(1) as u64);
        let starts = (0..count).map(|n| {
            let job = Job::draw(rng, config.size);
            let id = InstanceId::from_stored(&format!("{}-{n}", &job.name[4..]));
            let (acknowledged, begun, step, acted) = (false, false, 0, false);
            let delay = if rng.chance(200) { rng.millis(0, 4000) } else { Duration::ZERO };
            Start { id, job, acknowledged, begun, step, acted, delay, reply: None, ended: None }
        });
        Self { starts: starts.collect() }
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
        let (id, name, input) = (start.id.clone(), start.job.name, start.job.input.clone());
        // What failed in between may be there all the same.
        match block_on(self.store.instance(id.clone())) {
            Ok(None) => {}
            Ok(Some(_)) => return self.acknowledge(job),
            Err(e) => return self.violation(format!("the store cannot be read: {e}")),
        }
        let awake: Vec<Who> = self.everybody();
        let awake: Vec<Who> =
            awake.into_iter().filter(|who| self.live(*who).is_some_and(|l| l.paused_until.is_none())).collect();
        // What a worker is asked to start may be started twice, and there is one script.
        let through_worker = !self.config.faults || self.client.starts[job].job.script.is_empty();
        if through_worker && !awake.is_empty() && self.rng.chance(600) {
            let who = awake[self.rng.index(awake.len())];
            let (reply, receiver) = oneshot::channel();
            self.note(format_args!("the client starts {id} {input} through w{}", who.slot));
            self.client.starts[job].reply = Some((who, receiver));
            if let Some(live) = self.live(who) {
                live.engine.start(StartRequest { id, name: name.into(), version: String::new(), input, reply });
            }
            self.wake(who);
            // If the worker goes, its end of the channel goes with it.
            self.plan(Self::settle_time(), Next::Start(job));
            return;
        }
        // Each try is a start of its own: two of them may come about, one after the other.
        let seed = self.rng.word();
        let started = ExecutionStarted { name: name.into(), version: String::new(), input, seed, parent: None };
        let delay = self.client.starts[job].delay;
        let start_at = (!delay.is_zero()).then(|| self.now + delay);
        let new = NewInstance { id, name: name.into(), version: String::new(), owner: None, start_at };
        let commit = Commit {
            subject: Subject::New(new),
            turn: None,
            consumed: Vec::new(),
            update: None,
            next: None,
            deliveries: vec![Delivery { to: Recipient::Subject, message: Event::ExecutionStarted(Box::new(started)) }],
            now: self.now,
        };
        self.call_for(None, 1, Request::Start(job, Box::new(commit)));
    }

    /// The store has answered a start.
    pub(super) fn start_answered(&mut self, job: usize, result: Result<CommitOutcome, StoreError>) {
        match result {
            Ok(CommitOutcome::Applied { .. } | CommitOutcome::AlreadyExists { .. }) => self.acknowledge(job),
            _ if self.client.starts[job].begun => self.acknowledge(job),
            _ => self.start_again(job),
        }
    }

    /// The client takes the next step of a script.
    pub(super) fn act(&mut self, job: usize) {
        let Some(start) = self.client.starts.get(job) else { return };
        let Some((_, message)) = start.job.script.get(start.step).cloned() else { return };
        let unpark = matches!(message, Event::TerminateRequested { .. });
        let commit = Commit {
            subject: Subject::Existing { id: start.id.clone(), unpark },
            turn: None,
            consumed: Vec::new(),
            update: None,
            next: None,
            deliveries: vec![Delivery { to: Recipient::Subject, message }],
            now: self.now,
        };
        self.call_for(None, 1, Request::Act(job, Box::new(commit)));
    }

    pub(super) fn act_answered(&mut self, job: usize, result: Result<CommitOutcome, StoreError>) {
        let Some(start) = self.client.starts.get_mut(job) else { return };
        let after = if start.acted {
            start.acted = false;
            start.step += 1;
            self.counters.messages += 1;
            start.job.script.get(start.step).map(|(after, _)| *after)
        } else if matches!(result, Ok(CommitOutcome::Finished { .. })) {
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
        let Some(start) = self.client.starts.get_mut(job) else { return };
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
            if start.reply.as_ref().is_some_and(|(from, _)| *from == who) {
                let answer = start.reply.as_mut().map(|(_, r)| r.try_recv());
                match answer {
                    None | Some(Err(TryRecvError::Empty)) => {}
                    Some(Ok(Ok(started))) => {
                        start.reply = None;
                        start.ended = Some((started.execution, started.ended));
                        self.acknowledge(job);
                    }
                    Some(Ok(Err(StartRefused::Outcome(outcome)))) => {
                        self.client.starts[job].reply = None;
                        self.start_answered(job, Ok(outcome));
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
            // A start that was tried twice has made a second execution since.
            Ok(Some(r)) if r.execution > execution => {}
            Ok(Some(r)) => self.violation(format!("I3: {id} was said to be {}, but it is {}", ended.status, r.status)),
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
