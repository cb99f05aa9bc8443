//! An execution: the user's future, alive, and the turns that move it.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use tracing::Span;
use tracing::field::Empty;
use tracing::subscriber::NoSubscriber;

use crate::context::OrchestrationContext;
use crate::definition::OrchestratorFn;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, ExecutionStarted, Turn};
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
    /// The patches that the history to be replayed has taken.
    patches: BTreeSet<String>,
    /// While it is suspended: the messages that are recorded and wait for the resumption.
    held: Option<Vec<Event>>,
    /// What of external events nobody had taken at the end, and what came after it.
    untaken: Vec<Event>,
    /// Whether a successor gets them.
    carries_events: bool,
    /// Whether it has one.
    continues: bool,
    /// Under which user code logs.
    span: Span,
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
            patches: BTreeSet::new(),
            held: None,
            untaken: Vec::new(),
            carries_events: false,
            continues: false,
            span: Span::none(),
        }
    }

    /// Tells which patches a history has taken that is about to be replayed: an execution that
    /// recorded one takes the new way wherever it stands in the history.
    pub fn knows_patches_of(&mut self, turns: &[Turn]) {
        let decisions = turns.iter().flat_map(|t| &t.decisions);
        self.patches.extend(decisions.filter_map(|d| match d {
            Event::PatchApplied { patch } => Some(patch.clone()),
            _ => None,
        }));
    }

    /// Whether it is suspended.
    pub fn is_suspended(&self) -> bool {
        self.held.is_some()
    }

    /// After a `ContinuedAsNew`: the external events that nobody has taken, and what the client asked
    /// for too late for this execution, in order of arrival.
    pub fn take_untaken_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.untaken)
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

    /// The time that a turn gets that begins now: the clock may jump back, a history may not.
    pub fn turn_time(&self, now: Timestamp) -> Timestamp {
        now.max(self.last_at)
    }

    /// Makes a new turn of these messages. On a fault the execution is no longer usable.
    pub fn run(&mut self, now: Timestamp, messages: Vec<Event>) -> Result<Turn, TurnFault> {
        let (seq, at) = (self.next_seq, self.turn_time(now));
        let (decisions, _) = self.advance(at, &messages, None)?;
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
            .advance(turn.at, &turn.messages, Some(&turn.decisions))
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
    /// earliest event in history wins, whatever came in one batch. `recorded` is what a replay
    /// is to come to.
    fn advance(
        &mut self,
        at: Timestamp,
        messages: &[Event],
        recorded: Option<&[Event]>,
    ) -> Result<(Vec<Event>, Option<String>), TurnFault> {
        self.last_at = at;
        self.turns += 1;
        let mut panicked = None;
        if let Some(Event::ExecutionStarted(started)) = messages.first() {
            self.begin(started)?;
        }
        {
            let shared = self.shared.as_ref().ok_or(TurnFault::NotStarted)?;
            shared.now.set(at);
            shared.replaying.set(recorded.is_some());
            self.span = if recorded.is_some() {
                Span::none()
            } else {
                let (instance, execution, turn) = (&self.instance, self.id.0, self.next_seq.0);
                let span = tracing::info_span!(
                    "orchestration", %instance, execution, name = shared.started.name, turn, traceparent = Empty
                );
                if let Some(trace) = shared.started.trace {
                    span.record("traceparent", tracing::field::display(trace));
                }
                span
            };
            let side_effects = recorded.unwrap_or_default().iter().filter_map(|d| match d {
                Event::SideEffectRecorded { value, .. } => Some(value.clone()),
                _ => None,
            });
            shared.expect_side_effects(side_effects);
        }
        for (n, message) in messages.iter().enumerate() {
            if matches!(self.stage, Stage::Ended) {
                self.leave(message);
                continue;
            }
            if n > 0 && matches!(message, Event::ExecutionStarted(_)) {
                return Err(TurnFault::NotStarted);
            }
            panicked = self.take(message)?;
        }
        let shared = self.shared.as_ref().ok_or(TurnFault::NotStarted)?;
        if matches!(self.stage, Stage::Running(_)) && self.held.is_none() && !shared.awaits_something() {
            return Err(TurnFault::ForeignAwait);
        }
        Ok((shared.take_decisions(), panicked))
    }

    fn begin(&mut self, started: &ExecutionStarted) -> Result<(), TurnFault> {
        if self.shared.is_some() {
            return Err(TurnFault::NotStarted);
        }
        let patches = std::mem::take(&mut self.patches);
        let shared = Rc::new(Shared::new(self.instance.clone(), self.id, started.clone(), patches));
        let ctx = OrchestrationContext::new(shared.clone());
        self.stage = Stage::Running((self.code)(ctx, started.input.clone()));
        self.woken.0.store(true, Ordering::Relaxed);
        self.shared = Some(shared);
        Ok(())
    }

    /// Takes one message. While the execution is suspended everything but the resumption and the
    /// end is held back.
    fn take(&mut self, message: &Event) -> Result<Option<String>, TurnFault> {
        match message {
            Event::TerminateRequested { reason, by } => {
                let parent = self.shared.as_ref().and_then(|s| s.started.parent.as_ref());
                // A parent ends its own child, not another instance that has taken the id.
                if by.as_ref().is_none_or(|by| by.started(parent)) {
                    self.end(Event::ExecutionTerminated { reason: reason.clone() });
                }
                Ok(None)
            }
            Event::ExecutionAborted { failure } => {
                self.end(Event::ExecutionFailed { failure: failure.clone() });
                Ok(None)
            }
            Event::Suspended { .. } => {
                self.held.get_or_insert_default();
                Ok(None)
            }
            Event::Resumed { .. } => {
                let mut panicked = None;
                // A start that was held back has woken the future already.
                if let Some(held) = self.held.take() {
                    panicked = self.poll_to_rest()?;
                    for message in &held {
                        if self.has_ended() {
                            self.leave(message);
                        } else {
                            panicked = panicked.or(self.deliver(message)?);
                        }
                    }
                }
                Ok(panicked)
            }
            message => match &mut self.held {
                Some(held) => {
                    held.push(message.clone());
                    Ok(None)
                }
                None => self.deliver(message),
            },
        }
    }

    /// A message that came too late for this execution, and not for its successor.
    fn leave(&mut self, message: &Event) {
        let goes_along = match message {
            Event::EventRaised { .. } => self.carries_events,
            Event::TerminateRequested { .. } | Event::Suspended { .. } | Event::Resumed { .. } => self.continues,
            _ => false,
        };
        if goes_along {
            self.untaken.push(message.clone());
        }
    }

    fn deliver(&mut self, message: &Event) -> Result<Option<String>, TurnFault> {
        let shared = self.shared.as_ref().ok_or(TurnFault::NotStarted)?;
        shared.deliver(message);
        self.poll_to_rest()
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
            let poll = AssertUnwindSafe(|| future.as_mut().poll(&mut cx));
            let polled = if shared.is_replaying() {
                // What is logged now was logged before.
                tracing::subscriber::with_default(NoSubscriber::default(), || catch_unwind(poll))
            } else {
                self.span.in_scope(|| catch_unwind(poll))
            };
            shared.polling.set(false);
            let declared = shared.end.borrow_mut().take();
            let (end, panicked) = match (polled, declared) {
                (Err(panic), _) => {
                    let message = panic_text(&*panic);
                    let failure = Failure::new(FailureKind::Panic, message.clone());
                    (Event::ExecutionFailed { failure }, Some(message))
                }
                (Ok(_), Some(declared)) => (declared, None),
                (Ok(Poll::Ready(Ok(output))), None) => (Event::ExecutionCompleted { output }, None),
                (Ok(Poll::Ready(Err(failure))), None) => (Event::ExecutionFailed { failure }, None),
                (Ok(Poll::Pending), None) => continue,
            };
            self.end(end);
            return Ok(panicked);
        }
        Ok(None)
    }

    /// The end: what is open is cancelled, what nobody took is kept for a successor.
    fn end(&mut self, end: Event) {
        let Some(shared) = &self.shared else { return };
        self.continues = matches!(end, Event::ContinuedAsNew { .. });
        if let Event::ContinuedAsNew { carry_events: true, .. } = end {
            self.carries_events = true;
            self.untaken = shared.untaken_events();
            let held = self.held.take().into_iter().flatten();
            self.untaken.extend(held.filter(|m| matches!(m, Event::EventRaised { .. })));
        }
        shared.cancel_open_operations();
        shared.push_decision(end);
        discard(std::mem::replace(&mut self.stage, Stage::Ended));
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
