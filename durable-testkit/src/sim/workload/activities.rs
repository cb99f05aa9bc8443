//! Activities whose length and fate the simulator decides.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use durable_core::{ActivityContext, Failure, FailureKind, Registry, RegistryError};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Fate {
    /// With what it computes.
    Ok,
    /// With an error.
    Fail,
    /// With a panic.
    Panic,
}

/// What the simulator has decided about one run.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Plan {
    pub(in crate::sim) fate: Fate,
    /// Opened when its virtual time is over.
    pub(in crate::sim) gate: Arc<AtomicBool>,
}

/// Where a run finds its plan: the simulator puts it there before it polls the run first.
#[derive(Debug, Default)]
pub(in crate::sim) struct Desk(Mutex<Option<Plan>>);

impl Desk {
    pub(in crate::sim) fn put(&self, plan: Plan) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
    }

    fn take(&self) -> Option<Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Runs for as long, and ends in the way, as the simulator has planned.
pub(super) async fn work(ctx: &ActivityContext) -> Result<(), Failure> {
    let desk = ctx.try_data::<Arc<Desk>>().and_then(|desk| desk.take());
    let Some(plan) = desk else { return Err(Failure::new(FailureKind::Canceled, "the simulator made no plan")) };
    poll_fn(|_| if plan.gate.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }).await;
    match plan.fate {
        Fate::Ok => Ok(()),
        Fate::Fail => {
            let e = "planned failure".to_owned();
            Err(Failure::application(&e, e.clone(), Vec::new()))
        }
        // Without the hook: thousands of planned panics are no news.
        Fate::Panic => std::panic::resume_unwind(Box::new("planned panic")),
    }
}

activity!(
    /// A sum.
    Add, "add", (a: u64, b: u64) -> u64, Ok(a + b)
);
activity!(
    /// A square.
    Square, "square", (n: u64) -> u64, Ok(n * n)
);
activity!(
    /// Fails for the bad one.
    Check, "check", (n: u64, bad: u64) -> u64, if n == bad { Err(format!("{n} is bad")) } else { Ok(n) }
);
activity!(
    /// Gives back its argument; the simulator makes it fail now and then.
    Flaky, "flaky", (n: u64) -> u64, Ok(n)
);
activity!(
    /// Gives back its argument; the simulator makes it overrun its timeout now and then.
    Slow, "slow", (n: u64) -> u64, Ok(n)
);
activity!(
    /// Gives back its argument.
    Echo, "echo", (value: serde_json::Value) -> serde_json::Value, Ok(value)
);

pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let all = [
        Add::registration(),
        Square::registration(),
        Check::registration(),
        Flaky::registration(),
        Slow::registration(),
        Echo::registration(),
    ];
    all.into_iter().try_for_each(|r| registry.add(r))
}
