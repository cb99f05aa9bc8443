//! The orchestrator's window on the world.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::{Call, CallByName, ContinueAsNew, EventWait, SideEffect, Timer};
use crate::definition::{CallOptions, Definition, DefinitionKind, Invocation, Orchestrator};
use crate::history::{Event, Parent};
use crate::id::ExecutionId;
use crate::limits::CUSTOM_STATUS_BYTES_MAX;
use crate::payload::{Payload, PayloadError};
use crate::replay::{CallSpec, Callee, ChildId, Random, Shared};
use crate::time::Timestamp;

/// Everything that an orchestrator may ask for and do.
///
/// It stays on one thread and inside the orchestrator (it is neither `Send` nor `Sync`), because
/// what happens elsewhere is not in the history.
///
/// Operations take their number and are scheduled when the method is called, in program order,
/// not when the future is first polled: two calls made before the first `.await` run in parallel.
#[derive(Clone)]
pub struct OrchestrationContext {
    shared: Rc<Shared>,
}

impl OrchestrationContext {
    pub(crate) fn new(shared: Rc<Shared>) -> Self {
        Self { shared }
    }

    /// Calls an activity, or another orchestrator as a sub-orchestration: schedules it now; await
    /// the result.
    ///
    /// A sub-orchestration is an instance of its own, named with `.instance_id(..)` or after its
    /// parent. Dropping the call, or the end of this orchestrator, terminates it.
    ///
    /// # Errors
    ///
    /// The future gives [`CallError::Failed`](crate::CallError::Failed) with the callee's own
    /// error, or another [`CallError`](crate::CallError) if it panicked, ran out of time, was
    /// terminated, or got arguments that cannot be recorded.
    pub fn call<D: Definition>(&self, invocation: Invocation<D>) -> Call<D> {
        let parts = invocation.into_parts();
        let version = parts.version::<D>();
        let name = D::NAME.to_owned();
        let callee = match D::KIND {
            DefinitionKind::Activity => Callee::Activity { name },
            DefinitionKind::Orchestrator => Callee::SubOrchestration {
                name,
                version,
                instance: parts.instance_id.map_or(ChildId::Derived, ChildId::Given),
            },
        };
        match parts.input {
            Ok(input) => {
                let spec = CallSpec { callee, input, options: parts.options, retry_if: parts.retry_if };
                Call::scheduled(self.shared.clone(), self.shared.schedule_call(spec))
            }
            Err(e) => Call::invalid(e),
        }
    }

    /// Starts another orchestrator and does not wait for it: it lives on when this one ends.
    /// Returns its instance id. An id that is taken by an instance that has not ended starts
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] if the arguments cannot be recorded.
    pub fn start_detached<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<String, PayloadError> {
        let parts = invocation.into_parts();
        let version = parts.version::<D>();
        let id = parts.instance_id.map_or(ChildId::Derived, ChildId::Given);
        Ok(self.shared.schedule_detached(D::NAME, &version, id, parts.input?))
    }

    /// Calls an activity by its durable name: what it is is known at run time only. As
    /// [`OrchestrationContext::call`], it schedules it now; await the result.
    ///
    /// A JSON array is taken as the parameters, one member for each; anything else is the only
    /// parameter, and `null` (`()`) means that there is none. A single parameter that is itself an
    /// array stands in an array of its own.
    ///
    /// ```no_run
    /// # use durable_core::{CallError, CallOptions, Error, OrchestrationContext, RetryPolicy};
    /// # async fn example(ctx: &OrchestrationContext) -> Result<(), CallError<Error>> {
    /// let receipt: String = ctx.call_by_name("charge", &("order-7", 1_250)).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`OrchestrationContext::call`]; an error of the activity's own comes as an
    /// [`Error`](crate::Error) with its message and causes.
    pub fn call_by_name<T: DeserializeOwned>(&self, name: &str, input: &(impl Serialize + ?Sized)) -> CallByName<T> {
        self.call_by_name_with(name, input, CallOptions::default())
    }

    /// As [`OrchestrationContext::call_by_name`], with a retry policy and time limits.
    ///
    /// # Errors
    ///
    /// As [`OrchestrationContext::call_by_name`].
    pub fn call_by_name_with<T: DeserializeOwned>(
        &self,
        name: &str,
        input: &(impl Serialize + ?Sized),
        options: CallOptions,
    ) -> CallByName<T> {
        self.schedule_by_name(Callee::Activity { name: name.to_owned() }, name, input, options)
    }

    /// Calls an orchestrator by its durable name and version (empty unless it has one) as a
    /// sub-orchestration. Parameters as for [`OrchestrationContext::call_by_name`].
    ///
    /// # Errors
    ///
    /// As [`OrchestrationContext::call_by_name`].
    pub fn call_orchestrator_by_name<T: DeserializeOwned>(
        &self,
        name: &str,
        version: &str,
        input: &(impl Serialize + ?Sized),
    ) -> CallByName<T> {
        let callee =
            Callee::SubOrchestration { name: name.to_owned(), version: version.to_owned(), instance: ChildId::Derived };
        self.schedule_by_name(callee, name, input, CallOptions::default())
    }

    fn schedule_by_name<T: DeserializeOwned>(
        &self,
        callee: Callee,
        name: &str,
        input: &(impl Serialize + ?Sized),
        options: CallOptions,
    ) -> CallByName<T> {
        match Payload::arguments(input) {
            Ok(input) => {
                let spec = CallSpec { callee, input, options, retry_if: None };
                CallByName::scheduled(self.shared.clone(), self.shared.schedule_call(spec), name)
            }
            Err(e) => CallByName::invalid(e, name),
        }
    }

    /// Waits for so long, through restarts, for years if need be. Never early.
    pub fn timer(&self, duration: Duration) -> Timer {
        self.timer_at(self.now() + duration)
    }

    /// Waits until this moment; a moment that has passed fires at once.
    pub fn timer_at(&self, at: Timestamp) -> Timer {
        Timer::scheduled(self.shared.clone(), self.shared.schedule_timer(at))
    }

    /// Waits for an external event of this name, without regard to case.
    ///
    /// Events that come early are kept, oldest first; of several waits the oldest is served
    /// first. An event is consumed only when its wait returns it: a wait that is dropped, the
    /// loser of a `select!`, gives it back at its old place.
    ///
    /// A payload that is not a `T` fails the execution with an error that says so;
    /// [`EventWait::checked`] gives it as a value instead, [`EventWait::timeout`] waits so long.
    pub fn event<T: DeserializeOwned>(&self, name: &str) -> EventWait<T> {
        EventWait::new(self.shared.clone(), name, self.shared.await_event(name))
    }

    /// Sends an event to another instance: one-way, exactly once. An instance that does not
    /// exist, or has ended, does not get it.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] if the payload cannot be recorded.
    pub fn send_event<T: Serialize + ?Sized>(
        &self,
        instance: impl Into<String>,
        name: &str,
        payload: &T,
    ) -> Result<(), PayloadError> {
        let payload = Payload::encode(payload)?;
        self.shared.decide(Event::EventSent { instance: instance.into(), name: name.to_owned(), payload });
        Ok(())
    }

    /// Ends this execution and begins a new one of the same id, with an empty history: how an
    /// orchestration runs for ever. External events that nobody has taken go along.
    ///
    /// `return ctx.continue_as_new(watch(job, polls + 1)).await` – the future never resolves.
    pub fn continue_as_new<T, D: Orchestrator>(&self, invocation: Invocation<D>) -> ContinueAsNew<T> {
        let parts = invocation.into_parts();
        let version = parts.version::<D>();
        ContinueAsNew::new(self.shared.clone(), D::NAME, &version, parts.input)
    }

    /// Sets what clients see as this instance's custom status.
    ///
    /// # Errors
    ///
    /// [`PayloadError`] if it cannot be recorded, or is larger than
    /// [`CUSTOM_STATUS_BYTES_MAX`]: then the one before stays.
    pub fn set_custom_status<T: Serialize + ?Sized>(&self, status: &T) -> Result<(), PayloadError> {
        let status = Payload::encode(status)?;
        let bytes = status.as_str().len();
        if bytes > CUSTOM_STATUS_BYTES_MAX {
            return Err(PayloadError::CustomStatusTooLarge { bytes });
        }
        self.shared.decide(Event::CustomStatusSet { status });
        Ok(())
    }

    /// Runs a closure once and records its value: the sanctioned way to read something ambient.
    /// At replay the recorded value is given back and the closure does not run.
    ///
    /// The closure should be quick and must not fail for good: its value is made while the turn
    /// runs, and a crash before the turn is recorded runs it again.
    pub fn side_effect<T, F>(&self, make: F) -> SideEffect<T>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> T,
    {
        SideEffect::new(self.shared.clone(), self.shared.side_effect(|| Ok(Payload::encode(&make())?)))
    }

    /// Whether this execution takes the new way at a place where the code was changed while
    /// instances run: `true` for those that reach it for the first time (recorded), `false` for
    /// those that passed it before the change.
    ///
    /// `patch` names the change; every place that belongs to it asks with the same name.
    pub fn patched(&self, patch: &str) -> bool {
        self.shared.patched(patch)
    }

    /// The recorded time of the current turn, the same at replay. Never decreases, and is at or
    /// after the time of every timer that has fired.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// A new UUID (version 4 layout), the same at replay.
    pub fn new_uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.random()).into_uuid()
    }

    /// A random value, the same at replay. Not for secrets: it derives from a recorded seed.
    pub fn random<T: Random>(&self) -> T {
        T::draw(&mut || self.shared.draws.word())
    }

    /// The id of this instance.
    pub fn instance_id(&self) -> &str {
        self.shared.identity()
    }

    /// Which execution of this instance this is.
    pub fn execution_id(&self) -> ExecutionId {
        self.shared.identity_execution()
    }

    /// The call that started this instance, if it is a sub-orchestration.
    pub fn parent(&self) -> Option<&Parent> {
        self.shared.started.parent.as_ref()
    }

    /// This orchestrator's durable name.
    pub fn name(&self) -> &str {
        &self.shared.started.name
    }

    /// This orchestrator's version; empty unless it has one.
    pub fn version(&self) -> &str {
        &self.shared.started.version
    }

    /// Whether what runs now has run before. For logs only: a decision may not depend on it.
    pub fn is_replaying(&self) -> bool {
        self.shared.is_replaying()
    }
}

impl fmt::Debug for OrchestrationContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrchestrationContext({})", self.instance_id())
    }
}
