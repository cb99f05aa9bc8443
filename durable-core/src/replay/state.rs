//! What the orchestrator's context and the engine share: operations, decisions, the turn's time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::definition::CallOptions;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, ExecutionStarted, SubOrchestrationCreated};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::payload::Payload;
use crate::replay::Draws;
use crate::replay::events::ExternalEvents;
use crate::time::Timestamp;

/// The result of an operation, until its future takes it.
#[derive(Debug)]
pub(crate) enum Resolved {
    Call(Result<Payload, Failure>),
    Timer,
    /// An external event and its place among those that came.
    Event(u64, Payload),
}

/// Says whether a failure is worth another attempt. Not recorded: the code gives it again at
/// replay.
pub(crate) type RetryIf = Arc<dyn Fn(&Failure) -> bool + Send + Sync>;

/// What is called: what a retry schedules again.
#[derive(Clone)]
pub(crate) enum Callee {
    Activity { name: String },
    SubOrchestration { name: String, version: String, instance: ChildId },
}

/// How a sub-orchestration's instance is named.
#[derive(Clone)]
pub(crate) enum ChildId {
    /// By the orchestrator.
    Given(String),
    /// After its parent and its operation.
    Derived,
}

/// A call of an activity or a sub-orchestration.
pub(crate) struct CallSpec {
    pub(crate) callee: Callee,
    pub(crate) input: Payload,
    pub(crate) options: CallOptions,
    pub(crate) retry_if: Option<RetryIf>,
}

/// A call that has no result yet.
struct PendingCall {
    attempt: u32,
    /// When it was first scheduled.
    since: Timestamp,
    /// What a retry needs; `None` without a retry policy.
    again: Option<Box<CallSpec>>,
    /// The instance of a sub-orchestration's current attempt.
    child: Option<String>,
    /// Between two attempts.
    backing_off: bool,
}

enum Slot {
    Call(PendingCall, Option<Waker>),
    Timer(Option<Waker>),
    Event(String, Option<Waker>),
    Ready(Resolved, ReadyFor),
}

/// Where a result that nobody takes goes back to.
enum ReadyFor {
    Nobody,
    /// The name of an event.
    Event(String),
}

impl Slot {
    fn waker(&mut self) -> Option<&mut Option<Waker>> {
        match self {
            Slot::Call(_, waker) | Slot::Timer(waker) | Slot::Event(_, waker) => Some(waker),
            Slot::Ready(..) => None,
        }
    }
}

/// One execution's state, shared by its context and its operations.
pub(crate) struct Shared {
    pub(crate) instance: InstanceId,
    pub(crate) execution: ExecutionId,
    pub(crate) started: ExecutionStarted,
    pub(crate) draws: Draws,
    pub(super) now: Cell<Timestamp>,
    pub(super) replaying: Cell<bool>,
    /// Whether user code is being polled: only then is a new or dropped operation a decision.
    pub(super) polling: Cell<bool>,
    /// Set when the execution ends other than by the return of its future.
    pub(super) end: RefCell<Option<Event>>,
    table: RefCell<Table>,
    patches: RefCell<Patches>,
}

#[derive(Default)]
struct Table {
    next_task: u64,
    slots: HashMap<TaskId, Slot>,
    decisions: Vec<Event>,
    events: ExternalEvents,
    /// The side effects that the turn being replayed has recorded.
    side_effects: VecDeque<Payload>,
}

/// Changes in place: which were met, and which the history knows.
#[derive(Default)]
struct Patches {
    recorded: BTreeSet<String>,
    met: BTreeMap<String, bool>,
}

impl Shared {
    /// The instance's id as its code sees it: where the history was copied from another instance,
    /// that one's, which is in the copied part already.
    pub(crate) fn identity(&self) -> &str {
        let origin = self.started.origin.as_ref();
        origin.and_then(|origin| origin.identity.as_deref()).unwrap_or(self.instance.as_str())
    }

    /// The execution's number as its code sees it.
    pub(crate) fn identity_execution(&self) -> ExecutionId {
        self.started.origin.as_ref().and_then(|origin| origin.identity_execution).unwrap_or(self.execution)
    }

    pub(super) fn new(
        instance: InstanceId,
        execution: ExecutionId,
        started: ExecutionStarted,
        recorded: BTreeSet<String>,
    ) -> Self {
        Self {
            instance,
            execution,
            draws: Draws::new(started.seed),
            started,
            now: Cell::new(Timestamp::MIN),
            replaying: Cell::new(false),
            polling: Cell::new(false),
            end: RefCell::default(),
            table: RefCell::default(),
            patches: RefCell::new(Patches { recorded, met: BTreeMap::new() }),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn is_replaying(&self) -> bool {
        self.replaying.get()
    }

    /// Calls an activity or a sub-orchestration. `None` if no turn runs: a destructor of user
    /// code that runs because the session is discarded decides nothing.
    pub(crate) fn schedule_call(&self, spec: CallSpec) -> Option<TaskId> {
        if !self.polling.get() {
            return None;
        }
        let since = self.now();
        let table = &mut *self.table.borrow_mut();
        let id = table.next_id();
        let (event, child) = self.scheduled(id, 1, &spec);
        table.decisions.push(event);
        let again = spec.options.retry.is_some().then(|| Box::new(spec));
        let call = PendingCall { attempt: 1, since, again, child, backing_off: false };
        table.slots.insert(id, Slot::Call(call, None));
        Some(id)
    }

    /// Starts a sub-orchestration that nobody waits for; its instance id.
    pub(crate) fn schedule_detached(&self, name: &str, version: &str, instance: ChildId, input: Payload) -> String {
        let table = &mut *self.table.borrow_mut();
        let id = TaskId(table.next_task);
        let instance = self.child_id(&instance, id, 1);
        if self.polling.get() {
            table.next_task += 1;
            table.decisions.push(Event::SubOrchestrationCreated(Box::new(SubOrchestrationCreated {
                id,
                attempt: 1,
                instance: instance.clone(),
                name: name.to_owned(),
                version: version.to_owned(),
                input,
                options: CallOptions::default(),
                detached: true,
            })));
        }
        instance
    }

    /// Sets a timer. `None` as for [`Shared::schedule_call`].
    pub(crate) fn schedule_timer(&self, fire_at: Timestamp) -> Option<TaskId> {
        self.polling.get().then(|| {
            let table = &mut *self.table.borrow_mut();
            let id = table.next_id();
            table.slots.insert(id, Slot::Timer(None));
            table.decisions.push(Event::TimerCreated { id, attempt: 1, fire_at });
            id
        })
    }

    /// Waits for an external event. `None` as for [`Shared::schedule_call`].
    pub(crate) fn await_event(&self, name: &str) -> Option<TaskId> {
        self.polling.get().then(|| {
            let table = &mut *self.table.borrow_mut();
            let id = table.next_id();
            table.slots.insert(id, Slot::Event(name.to_owned(), None));
            table.decisions.push(Event::EventAwaited { id, name: name.to_owned() });
            table.events.add_waiter(name, id);
            // Its own future has no waker yet, so nobody needs to be woken.
            drop(table.match_events(name));
            id
        })
    }

    /// Decides something that has no result.
    pub(crate) fn decide(&self, event: Event) {
        if self.polling.get() {
            self.table.borrow_mut().decisions.push(event);
        }
    }

    /// Ends the execution when its future comes to rest.
    pub(crate) fn end_with(&self, end: Event) {
        if self.polling.get() {
            self.end.borrow_mut().get_or_insert(end);
        }
    }

    /// A value that is computed once: live by `make`, at replay as recorded.
    pub(crate) fn side_effect(&self, make: impl FnOnce() -> Result<Payload, Failure>) -> Result<Payload, Failure> {
        let recorded = self.table.borrow_mut().side_effects.pop_front();
        let value = match recorded {
            Some(recorded) => recorded,
            None => make()?,
        };
        if self.polling.get() {
            let table = &mut *self.table.borrow_mut();
            let id = table.next_id();
            table.decisions.push(Event::SideEffectRecorded { id, value: value.clone() });
        }
        Ok(value)
    }

    /// Whether the new way is to be taken at a changed place: recorded the first time that it is
    /// taken; an execution that passed the place before the change keeps to the old way.
    pub(crate) fn patched(&self, patch: &str) -> bool {
        let patches = &mut *self.patches.borrow_mut();
        if let Some(taken) = patches.met.get(patch) {
            return *taken;
        }
        let taken = patches.recorded.contains(patch) || !self.is_replaying();
        patches.met.insert(patch.to_owned(), taken);
        if taken {
            self.decide(Event::PatchApplied { patch: patch.to_owned() });
        }
        taken
    }

    /// The operation's result, once; until then its future's waker is kept.
    pub(crate) fn poll_operation(&self, id: TaskId, waker: &Waker) -> Poll<Resolved> {
        let table = &mut *self.table.borrow_mut();
        let Some(slot) = table.slots.get_mut(&id) else { return Poll::Pending };
        if let Some(kept) = slot.waker() {
            match kept {
                Some(kept) => kept.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
            return Poll::Pending;
        }
        match table.slots.remove(&id) {
            Some(Slot::Ready(resolved, _)) => Poll::Ready(resolved),
            _ => Poll::Pending,
        }
    }

    /// The operation's future is gone. If user code dropped it before it had a result, that is
    /// a decision; an event that it was given and did not take goes back to its old place.
    pub(crate) fn drop_operation(&self, id: TaskId) {
        // An unwinding orchestrator decides nothing: its end is the panic. And where the engine
        // discards a session, nothing is being polled.
        if !self.polling.get() || std::thread::panicking() {
            return;
        }
        let woken = {
            let table = &mut *self.table.borrow_mut();
            match table.slots.remove(&id) {
                Some(Slot::Ready(Resolved::Event(place, payload), ReadyFor::Event(name))) => {
                    table.decisions.push(Event::EventAwaitCanceled { id });
                    table.events.give_back(&name, place, payload);
                    table.match_events(&name)
                }
                Some(slot) => {
                    if let Slot::Event(name, _) = &slot {
                        table.events.remove_waiter(name, id);
                    }
                    table.decisions.extend(cancel_of(id, &slot));
                    Vec::new()
                }
                None => Vec::new(),
            }
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// The execution has ended: what is still open is cancelled, in order of number.
    pub(super) fn cancel_open_operations(&self) {
        let table = &mut *self.table.borrow_mut();
        let mut open: Vec<(TaskId, Slot)> = table.slots.drain().collect();
        open.sort_unstable_by_key(|(id, _)| *id);
        table.decisions.extend(open.iter().filter_map(|(id, slot)| cancel_of(*id, slot)));
    }

    /// Resolves an operation with a message, or decides on a retry. A late result, of an
    /// operation that is gone or of an attempt that is over, changes nothing.
    pub(super) fn deliver(&self, message: &Event) {
        let wakers = match message {
            Event::TaskCompleted { id, attempt, result } | Event::SubOrchestrationCompleted { id, attempt, result } => {
                self.returned(*id, *attempt, Ok(result))
            }
            Event::TaskFailed { id, attempt, failure } | Event::SubOrchestrationFailed { id, attempt, failure } => {
                self.returned(*id, *attempt, Err(failure))
            }
            Event::TimerFired { id, attempt } => self.fire(*id, *attempt).into_iter().collect(),
            Event::EventRaised { name, payload } => {
                let table = &mut *self.table.borrow_mut();
                table.events.add(name, payload.clone());
                table.match_events(name)
            }
            _ => Vec::new(),
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn returned(&self, id: TaskId, attempt: u32, result: Result<&Payload, &Failure>) -> Vec<Waker> {
        let table = &mut *self.table.borrow_mut();
        let Some(Slot::Call(call, _)) = table.slots.get_mut(&id) else { return Vec::new() };
        if call.attempt != attempt || call.backing_off {
            return Vec::new();
        }
        let again = result.err().and_then(|failure| retry_delay(self, id, call, failure));
        if let Some(delay) = again {
            call.backing_off = true;
            let fire_at = self.now() + delay;
            table.decisions.push(Event::TimerCreated { id, attempt: attempt + 1, fire_at });
            return Vec::new();
        }
        let resolved = Resolved::Call(result.cloned().map_err(Clone::clone));
        table.resolve(id, resolved, ReadyFor::Nobody).into_iter().collect()
    }

    fn fire(&self, id: TaskId, next_attempt: u32) -> Option<Waker> {
        let table = &mut *self.table.borrow_mut();
        match table.slots.get_mut(&id)? {
            Slot::Timer(_) => table.resolve(id, Resolved::Timer, ReadyFor::Nobody),
            Slot::Call(call, _) if call.backing_off && call.attempt + 1 == next_attempt => {
                let spec = call.again.as_ref()?;
                let (event, child) = self.scheduled(id, next_attempt, spec);
                call.backing_off = false;
                call.attempt = next_attempt;
                call.child = child;
                table.decisions.push(event);
                None
            }
            _ => None,
        }
    }

    /// The decision that schedules an attempt, and the instance that it starts.
    fn scheduled(&self, id: TaskId, attempt: u32, spec: &CallSpec) -> (Event, Option<String>) {
        let (input, options) = (spec.input.clone(), spec.options);
        match &spec.callee {
            Callee::Activity { name } => {
                (Event::TaskScheduled { id, attempt, name: name.clone(), input, options }, None)
            }
            Callee::SubOrchestration { name, version, instance } => {
                let instance = self.child_id(instance, id, attempt);
                let created = SubOrchestrationCreated {
                    id,
                    attempt,
                    instance: instance.clone(),
                    name: name.clone(),
                    version: version.clone(),
                    input,
                    options,
                    detached: false,
                };
                (Event::SubOrchestrationCreated(Box::new(created)), Some(instance))
            }
        }
    }

    /// A child's instance id: as given, or `parent:seed:operation`, unique for ever because the
    /// seed is.
    fn child_id(&self, id: &ChildId, task: TaskId, attempt: u32) -> String {
        match id {
            ChildId::Given(id) => id.clone(),
            ChildId::Derived => {
                let suffix = if attempt > 1 { format!(".{attempt}") } else { String::new() };
                // A chain of descendants must not outgrow the limit on ids.
                let mut parent = self.identity().to_owned();
                if parent.chars().count() > DERIVED_PARENT_CHARS_MAX {
                    parent = parent.chars().take(DERIVED_PARENT_CHARS_MAX).collect();
                }
                format!("{parent}:{:08x}:{task}{suffix}", self.started.key_seed(task) >> 32)
            }
        }
    }

    /// Takes what was decided since the last call.
    pub(super) fn take_decisions(&self) -> Vec<Event> {
        std::mem::take(&mut self.table.borrow_mut().decisions)
    }

    pub(super) fn push_decision(&self, event: Event) {
        self.table.borrow_mut().decisions.push(event);
    }

    /// The side effects that the turn to be replayed has recorded.
    pub(super) fn expect_side_effects(&self, recorded: impl Iterator<Item = Payload>) {
        self.table.borrow_mut().side_effects = recorded.collect();
    }

    /// The events that nobody has taken, in order of arrival.
    pub(super) fn untaken_events(&self) -> Vec<Event> {
        let table = &mut *self.table.borrow_mut();
        let ids: Vec<TaskId> = table.slots.keys().copied().collect();
        for id in ids {
            // Given to a waiter that has not taken it: nobody has.
            if let Some(Slot::Ready(Resolved::Event(..), ReadyFor::Event(_))) = table.slots.get(&id)
                && let Some(Slot::Ready(Resolved::Event(place, payload), ReadyFor::Event(name))) =
                    table.slots.remove(&id)
            {
                table.events.give_back(&name, place, payload);
            }
        }
        table.events.drain()
    }

    /// Whether the future waits for at least one durable operation.
    pub(super) fn awaits_something(&self) -> bool {
        self.table.borrow_mut().slots.values_mut().any(|s| s.waker().is_some_and(|w| w.is_some()))
    }
}

/// How much of its parent's id a derived id repeats.
const DERIVED_PARENT_CHARS_MAX: usize = 200;

impl Table {
    fn next_id(&mut self) -> TaskId {
        self.next_task += 1;
        TaskId(self.next_task - 1)
    }

    fn resolve(&mut self, id: TaskId, resolved: Resolved, ready_for: ReadyFor) -> Option<Waker> {
        let slot = self.slots.get_mut(&id)?;
        let waker = slot.waker().and_then(Option::take);
        *slot = Slot::Ready(resolved, ready_for);
        waker
    }

    /// Gives events of this name to who waits for them, oldest to oldest.
    fn match_events(&mut self, name: &str) -> Vec<Waker> {
        let mut wakers = Vec::new();
        while let Some((waiter, place, payload)) = self.events.next_match(name) {
            let ready_for = ReadyFor::Event(name.to_owned());
            wakers.extend(self.resolve(waiter, Resolved::Event(place, payload), ready_for));
        }
        wakers
    }
}

fn cancel_of(id: TaskId, slot: &Slot) -> Option<Event> {
    match slot {
        // Between two attempts nothing runs: only the delay is cancelled, as an activity is.
        Slot::Call(PendingCall { child: Some(instance), backing_off: false, .. }, _) => {
            Some(Event::SubOrchestrationCanceled { id, instance: instance.clone() })
        }
        Slot::Call(..) => Some(Event::TaskCanceled { id }),
        Slot::Timer(_) => Some(Event::TimerCanceled { id }),
        // It took no event, or was given one and has not taken it.
        Slot::Event(..) | Slot::Ready(_, ReadyFor::Event(_)) => Some(Event::EventAwaitCanceled { id }),
        Slot::Ready(..) => None,
    }
}

/// The delay before the next attempt, or `None` if there is none.
fn retry_delay(shared: &Shared, id: TaskId, call: &PendingCall, failure: &Failure) -> Option<Duration> {
    let spec = call.again.as_ref()?;
    let policy = spec.options.retry?;
    let worth_it = match failure.kind {
        FailureKind::Application => {
            !failure.non_retryable && spec.retry_if.as_ref().is_none_or(|worth_it| worth_it(failure))
        }
        FailureKind::Panic | FailureKind::Timeout => true,
        // The same input meets the same code: it would fail the same way.
        FailureKind::Canceled
        | FailureKind::Terminated
        | FailureKind::Poisoned
        | FailureKind::Codec
        | FailureKind::Limit => false,
    };
    if !worth_it {
        return None;
    }
    // Jitter comes from the seed, the operation and the attempt, so that a replay repeats it.
    let salt = (id.0 << 16) ^ u64::from(call.attempt);
    let delay = policy.delay_after(call.attempt, shared.draws.salted(salt))?;
    // The overall limit: an attempt that would begin after it is not made.
    let elapsed = shared.now() - call.since;
    let in_time = spec.options.total_timeout.is_none_or(|total| elapsed.saturating_add(delay) < total);
    in_time.then_some(delay)
}
