//! What the orchestrator's context and the engine share: operations, decisions, the turn's time.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::definition::CallOptions;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, ExecutionStarted};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::payload::Payload;
use crate::replay::Draws;
use crate::time::Timestamp;

/// The result of an operation, until its future takes it.
#[derive(Debug)]
pub(crate) enum Resolved {
    Task(Result<Payload, Failure>),
    Timer,
}

/// An activity call that has no result yet.
struct PendingTask {
    attempt: u32,
    /// What a retry needs; `None` without a retry policy.
    again: Option<Box<Again>>,
    /// Between two attempts.
    backing_off: bool,
}

struct Again {
    name: String,
    input: Payload,
    options: CallOptions,
}

enum Slot {
    Task(PendingTask, Option<Waker>),
    Timer(Option<Waker>),
    Ready(Resolved),
}

impl Slot {
    fn waker(&mut self) -> Option<&mut Option<Waker>> {
        match self {
            Slot::Task(_, waker) | Slot::Timer(waker) => Some(waker),
            Slot::Ready(_) => None,
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
    table: RefCell<Table>,
}

#[derive(Default)]
struct Table {
    next_task: u64,
    slots: HashMap<TaskId, Slot>,
    decisions: Vec<Event>,
}

impl Shared {
    pub(super) fn new(instance: InstanceId, execution: ExecutionId, started: ExecutionStarted) -> Self {
        Self {
            instance,
            execution,
            draws: Draws::new(started.seed),
            started,
            now: Cell::new(Timestamp::MIN),
            replaying: Cell::new(false),
            polling: Cell::new(false),
            table: RefCell::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn is_replaying(&self) -> bool {
        self.replaying.get()
    }

    /// Calls an activity. `None` if no turn runs: a destructor of user code that runs because
    /// the session is discarded decides nothing.
    pub(crate) fn schedule_task(&self, name: &str, input: Payload, options: CallOptions) -> Option<TaskId> {
        let again = options
            .retry
            .map(|_| Box::new(Again { name: name.to_owned(), input: input.clone(), options }));
        let task = PendingTask { attempt: 1, again, backing_off: false };
        self.schedule(Slot::Task(task, None), |id| Event::TaskScheduled {
            id,
            attempt: 1,
            name: name.to_owned(),
            input,
            options,
        })
    }

    /// Sets a timer. `None` as for [`Shared::schedule_task`].
    pub(crate) fn schedule_timer(&self, fire_at: Timestamp) -> Option<TaskId> {
        self.schedule(Slot::Timer(None), |id| Event::TimerCreated { id, attempt: 1, fire_at })
    }

    fn schedule(&self, slot: Slot, event: impl FnOnce(TaskId) -> Event) -> Option<TaskId> {
        if !self.polling.get() {
            return None;
        }
        let table = &mut *self.table.borrow_mut();
        let id = TaskId(table.next_task);
        table.next_task += 1;
        table.slots.insert(id, slot);
        table.decisions.push(event(id));
        Some(id)
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
            Some(Slot::Ready(resolved)) => Poll::Ready(resolved),
            _ => Poll::Pending,
        }
    }

    /// The operation's future is gone. If user code dropped it before it had a result, that is
    /// a decision.
    pub(crate) fn drop_operation(&self, id: TaskId) {
        // An unwinding orchestrator decides nothing: its end is the panic. And where the engine
        // discards a session, nothing is being polled.
        if !self.polling.get() || std::thread::panicking() {
            return;
        }
        let slot = {
            let table = &mut *self.table.borrow_mut();
            let slot = table.slots.remove(&id);
            table.decisions.extend(slot.as_ref().and_then(|s| cancel_of(id, s)));
            slot
        };
        drop(slot);
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
        let waker = {
            let table = &mut *self.table.borrow_mut();
            match message {
                Event::TaskCompleted { id, attempt, result } => {
                    let running = table.running(*id, *attempt).is_some();
                    if running { table.resolve(*id, Resolved::Task(Ok(result.clone()))) } else { None }
                }
                Event::TaskFailed { id, attempt, failure } => {
                    let delay = table.running(*id, *attempt).map(|task| retry_delay(task, failure));
                    match delay {
                        None => None,
                        Some(None) => table.resolve(*id, Resolved::Task(Err(failure.clone()))),
                        Some(Some(delay)) => {
                            table.back_off(*id, self.now() + delay);
                            None
                        }
                    }
                }
                Event::TimerFired { id, attempt } => table.fire(*id, *attempt),
                _ => None,
            }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what was decided since the last call.
    pub(super) fn take_decisions(&self) -> Vec<Event> {
        std::mem::take(&mut self.table.borrow_mut().decisions)
    }

    pub(super) fn decide(&self, event: Event) {
        self.table.borrow_mut().decisions.push(event);
    }

    /// Whether the future waits for at least one durable operation.
    pub(super) fn awaits_something(&self) -> bool {
        self.table.borrow_mut().slots.values_mut().any(|s| s.waker().is_some_and(|w| w.is_some()))
    }
}

impl Table {
    /// The task, if this attempt of it is running.
    fn running(&mut self, id: TaskId, attempt: u32) -> Option<&mut PendingTask> {
        match self.slots.get_mut(&id) {
            Some(Slot::Task(task, _)) if task.attempt == attempt && !task.backing_off => Some(task),
            _ => None,
        }
    }

    fn resolve(&mut self, id: TaskId, resolved: Resolved) -> Option<Waker> {
        let slot = self.slots.get_mut(&id)?;
        let waker = slot.waker().and_then(Option::take);
        *slot = Slot::Ready(resolved);
        waker
    }

    fn back_off(&mut self, id: TaskId, fire_at: Timestamp) {
        if let Some(Slot::Task(task, _)) = self.slots.get_mut(&id) {
            task.backing_off = true;
            let attempt = task.attempt + 1;
            self.decisions.push(Event::TimerCreated { id, attempt, fire_at });
        }
    }

    fn fire(&mut self, id: TaskId, next_attempt: u32) -> Option<Waker> {
        match self.slots.get_mut(&id)? {
            Slot::Timer(_) => self.resolve(id, Resolved::Timer),
            Slot::Task(task, _) if task.backing_off && task.attempt + 1 == next_attempt => {
                let again = task.again.as_ref()?;
                task.backing_off = false;
                task.attempt = next_attempt;
                self.decisions.push(Event::TaskScheduled {
                    id,
                    attempt: next_attempt,
                    name: again.name.clone(),
                    input: again.input.clone(),
                    options: again.options,
                });
                None
            }
            Slot::Task(..) | Slot::Ready(_) => None,
        }
    }
}

fn cancel_of(id: TaskId, slot: &Slot) -> Option<Event> {
    match slot {
        Slot::Task(..) => Some(Event::TaskCanceled { id }),
        Slot::Timer(_) => Some(Event::TimerCanceled { id }),
        Slot::Ready(_) => None,
    }
}

/// The delay before the next attempt, or `None` if there is none.
fn retry_delay(task: &PendingTask, failure: &Failure) -> Option<Duration> {
    let policy = task.again.as_ref()?.options.retry?;
    match failure.kind {
        FailureKind::Application | FailureKind::Panic | FailureKind::Timeout => policy.delay_after(task.attempt),
        // The same input meets the same code: it would fail the same way.
        FailureKind::Canceled | FailureKind::Poisoned | FailureKind::Codec | FailureKind::NotFound => None,
    }
}
