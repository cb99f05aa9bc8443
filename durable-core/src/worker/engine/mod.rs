//! The worker as a state machine: inputs in, effects out.
//!
//! The engine does no I/O, reads no clock, spawns nothing and iterates over no `HashMap`: who
//! drives it (the worker's thread, or the simulator) hands it what happened and the time, and
//! carries out the [`Effect`]s. One sequence of inputs gives one sequence of effects.

mod outcomes;
mod recovery;
mod resident;
mod rewinding;
mod shares;
mod suspects;
mod turns;
mod writes;

pub use resident::{Ended, StartRefused, StartRequest, Started};
use shares::Shares;
pub use suspects::Mark;
use suspects::Suspects;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::context::{ActivityContext, ActivityInfo, Data};
use crate::definition::{CallOptions, Registry};
use crate::failure::{Failure, FailureKind};
use crate::history::Event;
use crate::id::{InstanceId, InstanceKey, MessageId, TaskId};
use crate::limits::BATCH_COMMITS_MAX;
use crate::store::{Claim, Commit, InboxMessage, Lease, Offer, StoreError};
use crate::time::Timestamp;
use crate::worker::activities::{Activities, ActivityDone, ActivityRun, Completion, RunOf, TaskRef};
use crate::worker::health::{Counters, Health, TurnWatch};
use crate::worker::second_run::SecondRun;
use crate::worker::session::DoubleRun;
use crate::worker::settings::Settings;
use crate::worker::throttle::Lanes;
use crate::worker::timers::{Due, DueKind, Timers};
use resident::{Effects, Presence, Queued, Resident};

/// The last message that the mail had brought when a call was asked for.
#[derive(Default)]
struct Marks {
    commit: MessageId,
    claim: MessageId,
    reload: MessageId,
}

/// The engine's own number of an instance in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LocalId(u64);

/// What the driver is to do. Each store call is answered with the method of the same name; of
/// each kind at most one is on its way.
pub enum Effect {
    /// [`Store::commit`](crate::store::Store::commit), then [`Engine::committed`].
    Commit(Vec<Commit>),
    /// [`Store::claim`](crate::store::Store::claim), then [`Engine::claimed`].
    Claim(Claim),
    /// [`Store::mail`](crate::store::Store::mail) after this message, then [`Engine::mail`].
    Mail(Lease, MessageId),
    /// Reads these back with [`Store::reload`](crate::store::Store::reload), then
    /// [`Engine::reloaded`]. Of the ids it is not known whether they exist: ask
    /// [`Store::instance`](crate::store::Store::instance) *after* the reload, and reload the ones that this
    /// lease owns as well.
    Reload(Lease, Vec<InstanceKey>, Vec<InstanceId>),
    /// If a live worker ([`Store::workers`](crate::store::Store::workers)) offers one of these,
    /// [`Store::unpark`](crate::store::Store::unpark) it: an instance was parked because no live
    /// worker had its orchestrator, and one may have come in between. Not answered, but for a
    /// failure: [`Engine::recheck_failed`].
    Recheck(Vec<Offer>),
    /// Run user code, then [`Engine::activity_done`].
    Run(ActivityRun),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::Commit(batch) => write!(f, "commit {} turns", batch.len()),
            Effect::Claim(claim) => write!(f, "claim up to {}", claim.limit),
            Effect::Mail(_, after) => write!(f, "mail after {after}"),
            Effect::Reload(_, keys, ids) => write!(f, "reload {keys:?} {ids:?}"),
            Effect::Recheck(offers) => write!(f, "recheck {offers:?}"),
            Effect::Run(run) => write!(f, "run {:?}", run.ctx),
        }
    }
}

/// What a worker can be made of.
pub struct EngineParts {
    /// Its lease.
    pub lease: Lease,
    /// What it can run.
    pub registry: Arc<Registry>,
    /// What its activities share.
    pub data: Arc<Data>,
    /// How it is set.
    pub settings: Settings,
    /// Seeds for new executions.
    pub random: Box<dyn FnMut() -> u64>,
    /// Told of each turn, so that one that does not end is seen.
    pub turns: Option<Arc<TurnWatch>>,
    /// What is done around the second run of each turn, if there is one.
    pub second_run: Option<Arc<dyn SecondRun>>,
}

/// The worker's state machine.
pub struct Engine {
    lease: Lease,
    registry: Arc<Registry>,
    data: Arc<Data>,
    settings: Settings,
    random: Box<dyn FnMut() -> u64>,
    offers: Vec<Offer>,
    now: Timestamp,

    last_local: u64,
    last_stamp: u64,
    residents: BTreeMap<LocalId, Resident>,
    by_key: HashMap<InstanceKey, LocalId>,
    by_id: HashMap<InstanceId, LocalId>,
    /// Live sessions by when they were last used.
    lru: BTreeMap<u64, LocalId>,
    ready: Vec<LocalId>,
    timers: Timers,
    activities: Activities,

    pending: Vec<(LocalId, Commit)>,
    in_flight: Option<Vec<LocalId>>,
    claim_wanted: bool,
    claiming: bool,
    /// How many the claim on its way asked for.
    claim_limit: usize,
    shares: Shares,
    mail_wanted: bool,
    mailing: bool,
    last_mail: MessageId,
    /// Instances that have become known, or were read anew, while the mail was on its way: what it
    /// brings for them may be older than what is known.
    mail_outdated: BTreeSet<LocalId>,
    /// The mail that is on its way was asked for after a later message than the next one is to be.
    mail_rewound: bool,
    /// How far the mail had come when the commit, the claim, the reload on its way was asked for.
    marks: Marks,
    /// What instances were parked for, that somebody may have by now.
    recheck_wanted: Vec<Offer>,
    reload_wanted: Vec<LocalId>,
    reloading: Option<Vec<LocalId>>,
    /// The batch on its way holds a turn of an instance that is to be read back.
    reload_after_commit: bool,
    suspects: Suspects,
    /// After a store failure: not before this time.
    retry_at: Option<Timestamp>,
    failures: u32,
    stopping: bool,
    lease_lost: bool,
    effects: Vec<Effect>,
    turns: Option<Arc<TurnWatch>>,
    double_run: DoubleRun,
    counters: Counters,
    store_error: Option<String>,
}

impl Engine {
    /// An engine that owns nothing yet and will ask for work.
    pub fn new(parts: EngineParts) -> Self {
        let offers = parts
            .registry
            .orchestrator_names()
            .map(|(name, version)| Offer { name: name.to_owned(), version: version.to_owned() })
            .collect();
        Self {
            lease: parts.lease,
            data: parts.data,
            activities: Activities::new(
                parts.settings.activities_max,
                Lanes::new(&parts.registry, &parts.settings.limits),
            ),
            registry: parts.registry,
            double_run: DoubleRun { is_on: parts.settings.double_run, second: parts.second_run },
            settings: parts.settings,
            random: parts.random,
            offers,
            now: Timestamp::MIN,
            last_local: 0,
            last_stamp: 0,
            residents: BTreeMap::new(),
            by_key: HashMap::new(),
            by_id: HashMap::new(),
            lru: BTreeMap::new(),
            ready: Vec::new(),
            timers: Timers::default(),
            pending: Vec::new(),
            in_flight: None,
            claim_wanted: true,
            claiming: false,
            claim_limit: 0,
            shares: Shares::default(),
            mail_wanted: false,
            mailing: false,
            last_mail: MessageId(0),
            mail_outdated: BTreeSet::new(),
            mail_rewound: false,
            marks: Marks::default(),
            recheck_wanted: Vec::new(),
            reload_wanted: Vec::new(),
            reloading: None,
            reload_after_commit: false,
            suspects: Suspects::default(),
            retry_at: None,
            failures: 0,
            stopping: false,
            lease_lost: false,
            effects: Vec::new(),
            turns: parts.turns,
            counters: Counters::default(),
            store_error: None,
        }
    }

    // ------------------------------------------------------------------ inputs

    /// Time has come so far. Call before the other inputs of a round.
    pub fn tick(&mut self, now: Timestamp) {
        // The engine's clock does not jump back: a durable timer that has fired stays fired.
        self.now = self.now.max(now);
        while let Some(due) = self.timers.pop_due(self.now) {
            self.due(due);
        }
    }

    fn due(&mut self, due: Due) {
        let Some(resident) = self.residents.get_mut(&due.instance) else { return };
        match due.what {
            DueKind::Fire => {
                if resident.open.timers.get(&(due.task, due.attempt)).is_some_and(|at| *at <= self.now) {
                    self.enqueue(due.instance, Event::TimerFired { id: due.task, attempt: due.attempt }, None);
                }
            }
            DueKind::AttemptTimeout => self.give_up(due, "the attempt took longer than its timeout"),
            DueKind::Heartbeat(seen) => {
                let Some((run, limit)) = resident.open.running(due.task, due.attempt) else { return };
                let (Some(beats), Some(limit)) = (self.activities.beats(run), limit) else { return };
                if beats > seen {
                    self.timers.arm(Due { at: self.now + limit, what: DueKind::Heartbeat(beats), ..due });
                } else {
                    self.give_up(due, "the attempt had no heartbeat within its heartbeat timeout");
                }
            }
        }
    }

    /// An attempt has used up its time: its run is cancelled, and the call goes on without it.
    fn give_up(&mut self, due: Due, why: &str) {
        let Some(resident) = self.residents.get(&due.instance) else { return };
        let Some((run, _)) = resident.open.running(due.task, due.attempt) else { return };
        if !self.activities.give_up(run) {
            // It is being completed in the store: that has a time limit of its own.
            return self.timers.arm(Due { at: self.now + COMPLETING, what: DueKind::AttemptTimeout, ..due });
        }
        self.activities.cancel(run);
        let failure = Failure::new(FailureKind::Timeout, why);
        let (id, attempt) = (due.task, due.attempt);
        self.enqueue(due.instance, Event::TaskFailed { id, attempt, failure }, None);
    }

    /// An activity has ended.
    pub fn activity_done(&mut self, done: ActivityDone) {
        let Some(of) = self.activities.done(done.id) else { return };
        match done.completion {
            Completion::Returned => {}
            // It was committed with what the activity wrote: it comes by mail.
            Completion::InStore => {
                self.counters.activities_completed += 1;
                self.mail_wanted = true;
                return;
            }
            // What is in the inbox tells whether it runs again.
            Completion::Unknown => return self.look_again(of),
        }
        let (id, attempt) = (of.task, of.attempt);
        match &done.result {
            Ok(_) => self.counters.activities_completed += 1,
            Err(_) => self.counters.activities_failed += 1,
        }
        let message = match done.result {
            Ok(result) => Event::TaskCompleted { id, attempt, result },
            Err(failure) => Event::TaskFailed { id, attempt, failure },
        };
        self.enqueue(of.instance, message, None);
    }

    /// The completion of this run may be in the inbox, or nowhere.
    fn look_again(&mut self, of: RunOf) {
        let Some(resident) = self.residents.get_mut(&of.instance) else { return };
        if let Some(task) = resident.open.tasks.get_mut(&of.task) {
            task.run = None;
        }
        let local = of.instance;
        self.pending.retain(|(other, _)| *other != local);
        self.reload_after_commit |= self.in_flight.as_ref().is_some_and(|locals| locals.contains(&local));
        self.bring_back_later(local);
    }

    /// The store may hold something new for this worker.
    pub fn store_changed(&mut self) {
        self.claim_wanted = true;
        self.mail_wanted = true;
    }

    /// Somebody waits for the end of an instance. Dropped at once if it does not run here, and
    /// when it leaves.
    pub fn watch(&mut self, id: &InstanceId, waiter: oneshot::Sender<Ended>) {
        if let Some(resident) = self.by_id.get(id).and_then(|local| self.residents.get_mut(local)) {
            resident.waiters.push(waiter);
        }
    }

    /// Messages from the inbox.
    pub fn mail(&mut self, result: Result<Vec<InboxMessage>, StoreError>) {
        self.mailing = false;
        let outdated = std::mem::take(&mut self.mail_outdated);
        let mut again = std::mem::take(&mut self.mail_rewound);
        match result {
            Ok(messages) => {
                let before = self.last_mail;
                for m in messages {
                    self.last_mail = self.last_mail.max(m.id);
                    match self.by_key.get(&m.to).copied() {
                        // Read before or after? It is asked for once more.
                        Some(local) if outdated.contains(&local) => again = true,
                        Some(local) => self.receive(local, m),
                        // If it belongs to an instance whose claim, or whose creation, has yet to be
                        // answered, that answer has it asked for again.
                        None => {}
                    }
                }
                if again {
                    self.last_mail = before;
                    self.mail_wanted = true;
                }
            }
            Err(e) => {
                self.mail_wanted = true;
                self.store_failed(&e);
            }
        }
    }

    /// Takes a message from the inbox, unless the instance was given it before: what a claim reads
    /// and what the mail brings overlap.
    fn receive(&mut self, local: LocalId, m: InboxMessage) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        if resident.seen < m.id {
            resident.seen = m.id;
            self.enqueue(local, m.message, Some(m.id));
        }
    }

    /// An instance has become known, or was read anew, by a call that was asked for when the mail
    /// had come as far as `mark`. What the mail has brought for it since was passed over, or is as
    /// of before that call: it is asked for again.
    fn mail_again(&mut self, local: LocalId, mark: MessageId) {
        if self.mailing {
            self.mail_outdated.insert(local);
        }
        if mark < self.last_mail {
            self.last_mail = mark;
            self.mail_wanted = true;
            self.mail_rewound |= self.mailing;
        }
    }

    /// An [`Effect::Recheck`] failed: it is asked for again.
    pub fn recheck_failed(&mut self, offers: Vec<Offer>, e: &StoreError) {
        self.recheck_wanted.extend(offers);
        self.store_failed(e);
    }

    /// Takes no new work from now on; lets what runs end.
    pub fn stop(&mut self) {
        self.stopping = true;
        self.activities.drop_waiting();
    }

    /// Whether nothing is on its way any more.
    pub fn is_drained(&self) -> bool {
        self.activities.is_idle()
            && self.in_flight.is_none()
            && self.reloading.is_none()
            && !self.claiming
            && self.pending.is_empty()
            && self.ready.is_empty()
    }

    /// Tells running activities that nobody waits for them any more.
    pub fn abandon(&mut self) {
        self.activities.cancel_all();
    }

    /// Another worker has taken over: nothing that is in memory counts any more. The driver
    /// registers anew and makes a new engine.
    pub fn lose_lease(&mut self) {
        self.lease_lost = true;
        self.activities.cancel_all();
    }

    /// Whether the lease is gone.
    pub fn has_lost_lease(&self) -> bool {
        self.lease_lost
    }

    // ------------------------------------------------------------------ outputs

    /// Takes turns where there are messages, and returns what is to be done. Call after the
    /// inputs of a round.
    pub fn run(&mut self) -> Vec<Effect> {
        if self.lease_lost {
            return Vec::new();
        }
        self.take_turns();
        self.try_suspects();
        self.evict();
        self.start_activities();
        if self.retry_at.is_none_or(|at| at <= self.now) {
            self.retry_at = None;
            self.call_store();
        }
        std::mem::take(&mut self.effects)
    }

    /// So many other workers are live on the same store.
    pub fn neighbours(&mut self, others: usize) {
        self.shares.neighbours(others, self.settings.poll_interval);
    }

    /// When [`Engine::run`] wants to be called again though nothing happened.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let claim = self.shares.next_claim(self.residents.len()).filter(|_| self.claim_wanted && !self.claiming);
        [claim, self.timers.next(), self.activities.next_start(), self.suspects.until(), self.retry_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Tells how it is.
    pub(crate) fn report(&self, health: &mut Health) {
        health.at = self.now;
        health.stopping = self.stopping;
        (health.instances, health.sessions) = self.residents();
        health.activities_running = self.activities.running();
        health.activities_waiting = self.activities.backlog();
        health.suspects = self.suspects.len();
        health.store_error.clone_from(&self.store_error);
        health.counters = self.counters;
    }

    /// What it has done.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How many instances are in memory, and how many of them with a live future.
    pub fn residents(&self) -> (usize, usize) {
        (self.residents.len(), self.lru.len())
    }

    fn call_store(&mut self) {
        if self.in_flight.is_none() && !self.pending.is_empty() {
            let rest = self.pending.split_off(self.pending.len().min(BATCH_COMMITS_MAX));
            let (locals, batch) = std::mem::replace(&mut self.pending, rest).into_iter().unzip();
            self.in_flight = Some(locals);
            self.marks.commit = self.last_mail;
            self.effects.push(Effect::Commit(batch));
        }
        if !self.recheck_wanted.is_empty() {
            let offers = std::mem::take(&mut self.recheck_wanted);
            self.effects.push(Effect::Recheck(offers));
        }
        let may_reload = self.reloading.is_none() && !self.reload_after_commit;
        if may_reload && !self.reload_wanted.is_empty() {
            self.reload();
        }
        if self.mail_wanted && !self.mailing {
            self.mail_wanted = false;
            self.mailing = true;
            self.effects.push(Effect::Mail(self.lease, self.last_mail));
        }
        // Sessions that wait can be evicted; what is bounded is work that cannot be done yet.
        let is_busy = self.activities.backlog() >= self.settings.activities_max.max(self.settings.claim_max)
            || self.pending.len() >= BATCH_COMMITS_MAX;
        let leaves_some = self.shares.next_claim(self.residents.len()).is_some_and(|at| at > self.now);
        if self.claim_wanted && !self.claiming && !self.stopping && !is_busy && !leaves_some {
            self.claim_wanted = false;
            self.claiming = true;
            let (lease, offers, now) = (self.lease, self.offers.clone(), self.now);
            self.claim_limit = self.shares.claim(self.settings.claim_max, self.residents.len(), self.now);
            self.marks.claim = self.last_mail;
            self.effects.push(Effect::Claim(Claim { lease, offers, now, limit: self.claim_limit }));
        }
    }

    /// The store failed in a way that may pass: wait a little, longer each time.
    fn store_failed(&mut self, e: &StoreError) {
        use crate::limits::{STORE_RETRY_FIRST, STORE_RETRY_MAX};
        use crate::store::StoreErrorKind;
        if e.kind() == StoreErrorKind::Fenced {
            return self.lose_lease();
        }
        self.counters.store_errors += 1;
        self.store_error = Some(e.to_string());
        let wait = STORE_RETRY_FIRST.saturating_mul(1 << self.failures.min(10)).min(STORE_RETRY_MAX);
        self.failures += 1;
        self.retry_at = Some(self.now + wait);
        tracing::warn!(error = %e, retry_in = ?wait, "the store failed");
    }

    fn store_answered(&mut self) {
        self.failures = 0;
        self.store_error = None;
    }

    // ------------------------------------------------------------------ residents

    fn new_local(&mut self) -> LocalId {
        self.last_local += 1;
        LocalId(self.last_local)
    }

    fn enqueue(&mut self, local: LocalId, message: Event, inbox: Option<MessageId>) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        resident.queue.push(Queued { message, inbox });
        self.make_ready(local);
    }

    /// Notes that an instance can take a turn, if it can: it has messages and no uncommitted turn.
    fn make_ready(&mut self, local: LocalId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        if resident.queue.is_empty() || resident.uncommitted.is_some() || resident.is_ready {
            return;
        }
        match resident.presence {
            Presence::Live(_) => {
                resident.is_ready = true;
                self.ready.push(local);
            }
            Presence::Absent => {
                resident.presence = Presence::Reloading;
                self.reload_wanted.push(local);
            }
            Presence::Reloading | Presence::Suspect => {}
        }
    }

    /// Marks a live session as used now.
    fn touch(&mut self, local: LocalId) {
        let Some(resident) = self.residents.get_mut(&local) else { return };
        self.lru.remove(&resident.stamp);
        self.last_stamp += 1;
        resident.stamp = self.last_stamp;
        self.lru.insert(self.last_stamp, local);
    }

    /// Lets live futures go, least recently used first, while there are too many. Nothing is
    /// written: the history brings them back.
    fn evict(&mut self) {
        let excess = self.lru.len().saturating_sub(self.settings.sessions_max);
        if excess == 0 {
            return;
        }
        let idle = |r: &Resident| r.uncommitted.is_none() && r.queue.is_empty() && r.key.is_some();
        let candidates = self.lru.iter().filter(|(_, local)| self.residents.get(local).is_some_and(idle));
        let evicted: Vec<(u64, LocalId)> = candidates.take(excess).map(|(s, l)| (*s, *l)).collect();
        for (stamp, local) in evicted {
            self.lru.remove(&stamp);
            if !self.release_if_idle(local)
                && let Some(resident) = self.residents.get_mut(&local)
            {
                resident.presence = Presence::Absent;
            }
        }
    }

    /// Removes an instance from memory. Its running activities are cancelled; who waits for its
    /// end is told by the drop of its sender.
    fn remove(&mut self, local: LocalId) -> Option<Resident> {
        let resident = self.residents.remove(&local)?;
        if resident.mark.is_some() {
            self.suspects.forget(local);
        }
        self.lru.remove(&resident.stamp);
        if let Some(key) = resident.key
            && self.by_key.get(&key) == Some(&local)
        {
            self.by_key.remove(&key);
        }
        if self.by_id.get(&resident.id) == Some(&local) {
            self.by_id.remove(&resident.id);
        }
        for run in resident.open.tasks.values().filter_map(|t| t.run) {
            self.activities.cancel(run);
        }
        Some(resident)
    }

    // ------------------------------------------------------------------ activities

    /// Hands pending tasks to the slots, after the commit that scheduled them.
    fn dispatch(&mut self, local: LocalId, tasks: &[TaskId]) {
        if !self.holds_back(local) {
            self.dispatch_now(local, tasks);
        }
    }

    fn dispatch_now(&mut self, local: LocalId, tasks: &[TaskId]) {
        if self.stopping {
            return;
        }
        for task in tasks {
            let Some(resident) = self.residents.get_mut(&local) else { return };
            let Some(pending) = resident.open.tasks.get_mut(task).filter(|t| t.run.is_none()) else { continue };
            let Some(call) = &pending.call else { continue };
            let Some(code) = self.registry.activity(&call.name).cloned() else {
                let known: Vec<_> = self.registry.activity_names().collect();
                let reason = format!(
                    "activity `{}` is not registered with this worker (it knows: {}); it goes on when a worker that has it is started",
                    call.name,
                    known.join(", ")
                );
                self.park(local, reason);
                return;
            };
            let (attempt, name, input) = (pending.attempt, call.name.clone(), call.input.clone());
            let task_ref = resident.key.map(|key| TaskRef {
                lease: self.lease,
                key,
                execution: resident.execution,
                task: *task,
                attempt,
            });
            let info = ActivityInfo {
                name,
                instance: resident.id.clone(),
                execution: resident.execution,
                task: *task,
                attempt: attempt + resident.crashes,
                seed: resident.open.key_seed(*task),
                trace: resident.open.trace,
                task_ref,
            };
            let of = RunOf { instance: local, task: *task, attempt };
            let data = self.data.clone();
            let run = self.activities.add(of, code, input, |cancel| ActivityContext::new(Arc::new(info), data, cancel));
            if let Some(pending) = resident.open.tasks.get_mut(task) {
                pending.run = Some(run);
            }
        }
    }

    fn start_activities(&mut self) {
        while let Some((run, of)) = self.activities.next(self.now) {
            let resident = self.residents.get_mut(&of.instance);
            let task = resident.and_then(|r| r.open.tasks.get_mut(&of.task));
            if let Some(task) = task
                && let Some(call) = task.call.take()
            {
                task.heartbeat = call.options.heartbeat_timeout;
                let since = self.residents.get(&of.instance).and_then(|r| r.open.since.get(&of.task).copied());
                let due = |at, what| Due { at, instance: of.instance, task: of.task, attempt: of.attempt, what };
                if let Some(at) = attempt_deadline(&call.options, self.now, since) {
                    self.timers.arm(due(at, DueKind::AttemptTimeout));
                }
                if let Some(limit) = call.options.heartbeat_timeout {
                    self.timers.arm(due(self.now + limit, DueKind::Heartbeat(0)));
                }
            }
            self.counters.activities_started += 1;
            self.effects.push(Effect::Run(run));
        }
    }

    fn arm(&mut self, local: LocalId, timers: &[(TaskId, u32)]) {
        let Some(resident) = self.residents.get(&local) else { return };
        for (task, attempt) in timers {
            if let Some(at) = resident.open.timers.get(&(*task, *attempt)) {
                let (task, attempt) = (*task, *attempt);
                self.timers.arm(Due { at: *at, instance: local, task, attempt, what: DueKind::Fire });
            }
        }
    }
}

/// How long an attempt that has used up its time gets if a store is about to complete it.
const COMPLETING: Duration = Duration::from_millis(20);

/// When an attempt that starts now is given up.
fn attempt_deadline(options: &CallOptions, now: Timestamp, since: Option<Timestamp>) -> Option<Timestamp> {
    let own = options.timeout.map(|limit| now + limit);
    let total = options.total_timeout.map(|limit| since.unwrap_or(now) + limit);
    own.into_iter().chain(total).min()
}

impl Effects {
    /// Nothing but leaving.
    fn leaving() -> Self {
        Self { leaves: true, ..Self::default() }
    }
}
