//! The orchestrator's window on the world.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::context::{Call, Timer};
use crate::definition::{Activity, Invocation};
use crate::id::ExecutionId;
use crate::replay::{Random, Shared};
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

    /// Calls an activity: schedules it now; await the result.
    ///
    /// # Errors
    ///
    /// The future gives [`CallError::Failed`](crate::CallError::Failed) with the activity's own error, or
    /// another [`CallError`](crate::CallError) if it panicked, ran out of time or got arguments that cannot be
    /// recorded.
    pub fn call<D: Activity>(&self, invocation: Invocation<D>) -> Call<D> {
        let (input, options, _) = invocation.into_parts();
        match input {
            Ok(input) => Call::scheduled(self.shared.clone(), self.shared.schedule_task(D::NAME, input, options)),
            Err(e) => Call::invalid(e),
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
        self.shared.instance.as_str()
    }

    /// Which execution of this instance this is.
    pub fn execution_id(&self) -> ExecutionId {
        self.shared.execution
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
