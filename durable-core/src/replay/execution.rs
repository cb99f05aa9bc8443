//! An execution: the user's future, alive, and the turns that move it.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::context::OrchestrationContext;
use crate::definition::OrchestratorFn;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, Turn};
use crate::id::{EventSeq, ExecutionId, InstanceId};
use crate::payload::Payload;
use crate::replay::mismatch::{ReplayError, compare};
use crate::replay::state::Shared;
use crate::time::Timestamp;

/// How often a future may wake itself while one message is processed. Durable combinators need
/// a handful; a future that goes on and on is spinning on something foreign.
const POLLS_PER_MESSAGE_MAX: u32 = 100_000;

/// Why a turn did not come to rest at a durable operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnFault {
    /// Pending, and no durable operation is being awaited.
    ForeignAwait,
    /// It wakes itself without end.
    Spinning,
    /// The first message is not the start of the execution, or a second start came.
    NotStarted,
}

impl fmt::Display for TurnFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TurnFault::ForeignAwait => {
                "the orchestrator awaits something that is not a durable operation, which nothing will ever wake: \
                 do I/O in an activity and `ctx.call(..)` it, wait with `ctx.timer(..)`"
            }
            TurnFault::Spinning => "the orchestrator's future wakes itself without end: it awaits something that is not a durable operation",
            TurnFault::NotStarted => "the execution does not begin with ExecutionStarted",
        })
    }
}

type UserFuture = Pin<Box<dyn Future<Output = Result<Payload, Failure>>>>;

enum Stage {
    NotStarted,
    Running(UserFuture),
    Ended,
}

/// A live execution of an orchestrator. Stays on the thread that made it.
pub struct Execution {
    instance: InstanceId,
    id: ExecutionId,
    code: OrchestratorFn,
    shared: Option<Rc<Shared>>,
    stage: Stage,
    woken: Arc<Woken>,
    waker: Waker,
    next_seq: EventSeq,
    last_at: Timestamp,
    turns: u64,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Execution {
    /// An execution that has not begun.
    pub fn new(instance: InstanceId, id: ExecutionId, code: OrchestratorFn) -> Self {
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        Self {
            instance,
            id,
            code,
            shared: None,
            stage: Stage::NotStarted,
            waker: Waker::from(woken.clone()),
            woken,
            next_seq: EventSeq(0),
            last_at: Timestamp::MIN,
            turns: 0,
        }
    }

    /// The number that the next event gets.
    pub fn next_seq(&self) -> EventSeq {
        self.next_seq
    }

    /// How many turns it has made.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    /// What its randomness and its idempotency keys derive from, once it has begun.
    pub fn seed(&self) -> Option<u64> {
        self.shared.as_ref().map(|s| s.draws.seed())
    }

    /// The time that a turn gets that begins now: the clock may jump back, a history may not.
    pub fn turn_time(&self, now: Timestamp) -> Timestamp {
        now.max(self.last_at)
    }

    /// Makes a new turn of these messages. On a fault the execution is no longer usable.
    pub fn run(&mut self, now: Timestamp, messages: Vec<Event>) -> Result<Turn, TurnFault> {
        let (seq, at) = (self.next_seq, self.turn_time(now));
        let (decisions, _) = self.advance(at, &messages, false)?;
        let turn = Turn { seq, at, messages, decisions };
        self.next_seq = turn.next_seq();
        Ok(turn)
    }

    /// Repeats a recorded turn. On an error the execution is no longer usable.
    pub fn replay(&mut self, turn: &Turn) -> Result<(), ReplayError> {
        if turn.seq != self.next_seq || self.has_ended() {
            return Err(ReplayError::NotContiguous { expected: self.next_seq, found: turn.seq });
        }
        let (decisions, panicked) = self
            .advance(turn.at, &turn.messages, true)
            .map_err(|fault| ReplayError::Fault { turn: turn.seq, fault })?;
        let first = turn.seq.plus(1 + turn.messages.len() as u64);
        compare(turn.seq, first, &turn.decisions, &decisions).map_err(|mismatch| match panicked {
            Some(message) => ReplayError::Panicked { turn: turn.seq, message },
            None => ReplayError::NonDeterministic(mismatch),
        })?;
        self.next_seq = turn.next_seq();
        Ok(())
    }

    /// Feeds messages one by one, and lets the future run until it rests after each: so the
    /// earliest event in history wins, whatever came in one batch.
    fn advance(
        &mut self,
        at: Timestamp,
        messages: &[Event],
        replaying: bool,
    ) -> Result<(Vec<Event>, Option<String>), TurnFault> {
        self.last_at = at;
        self.turns += 1;
        let mut panicked = None;
        for message in messages {
            if matches!(self.stage, Stage::Ended) {
                break;
            }
            if let Event::ExecutionStarted(started) = message {
                if self.shared.is_some() {
                    return Err(TurnFault::NotStarted);
                }
                let shared = Rc::new(Shared::new(self.instance.clone(), self.id, (**started).clone()));
                let ctx = OrchestrationContext::new(shared.clone());
                self.stage = Stage::Running((self.code)(ctx, started.input.clone()));
                self.woken.0.store(true, Ordering::Relaxed);
                self.shared = Some(shared);
            }
            let shared = self.shared.as_ref().ok_or(TurnFault::NotStarted)?;
            shared.now.set(at);
            shared.replaying.set(replaying);
            shared.deliver(message);
            panicked = self.poll_to_rest()?;
        }
        let shared = self.shared.as_ref().ok_or(TurnFault::NotStarted)?;
        if matches!(self.stage, Stage::Running(_)) && !shared.awaits_something() {
            return Err(TurnFault::ForeignAwait);
        }
        Ok((shared.take_decisions(), panicked))
    }

    /// Polls until the future neither makes progress nor woke itself. Returns the text of a
    /// panic.
    fn poll_to_rest(&mut self) -> Result<Option<String>, TurnFault> {
        let (Some(shared), Stage::Running(future)) = (&self.shared, &mut self.stage) else { return Ok(None) };
        let mut polls = 0;
        while self.woken.0.swap(false, Ordering::Relaxed) {
            polls += 1;
            if polls > POLLS_PER_MESSAGE_MAX {
                return Err(TurnFault::Spinning);
            }
            let mut cx = Context::from_waker(&self.waker);
            shared.polling.set(true);
            let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx)));
            shared.polling.set(false);
            let (end, panicked) = match polled {
                Ok(Poll::Pending) => continue,
                Ok(Poll::Ready(Ok(output))) => (Event::ExecutionCompleted { output }, None),
                Ok(Poll::Ready(Err(failure))) => (Event::ExecutionFailed { failure }, None),
                Err(panic) => {
                    let message = panic_text(&*panic);
                    let failure = Failure::new(FailureKind::Panic, message.clone());
                    (Event::ExecutionFailed { failure }, Some(message))
                }
            };
            shared.cancel_open_operations();
            shared.decide(end);
            let ended = std::mem::replace(&mut self.stage, Stage::Ended);
            discard(ended);
            return Ok(panicked);
        }
        Ok(None)
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        // Nothing is being polled, so nothing that user code drops now is a decision.
        discard(std::mem::replace(&mut self.stage, Stage::Ended));
    }
}

/// Drops user state; a destructor that panics harms nobody else.
fn discard(stage: Stage) {
    if catch_unwind(AssertUnwindSafe(|| drop(stage))).is_err() {
        tracing::warn!("a value held by an orchestrator panicked when it was dropped");
    }
}

/// The text of a panic.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Execution({} at event {})", self.instance, self.next_seq)
    }
}
