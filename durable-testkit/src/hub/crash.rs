//! An orchestration that crashes at every step.

use std::fmt;

use durable_core::store::Status;
use durable_core::{Failure, InstanceId, Invocation, Orchestrator, Payload};

use super::world::CrashAt;
use super::{TestHub, TestRunError};
use crate::checker;
use crate::sim::block_on;

/// How a run came out, as far as its caller can see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It ended: with a value, or with a failure.
    Ended {
        /// As what.
        status: Status,
        /// The value or the failure.
        result: Result<Payload, Failure>,
        /// Its custom status.
        custom_status: Option<Payload>,
    },
    /// It cannot end; the text says why.
    Stuck(String),
}

/// What [`crash_everywhere`] has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrashReport {
    /// The commits of a run without a crash: each was crashed at twice.
    pub commits: u64,
    /// How many runs crashed.
    pub crashes: u64,
    /// What they all came to.
    pub outcome: Outcome,
}

/// A crash that made a difference.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrashError {
    /// At which commit of the worker, from 0.
    pub commit: u64,
    /// Whether the commit was applied before the crash, or not.
    pub applied: bool,
    /// Which commit that is: whose, and where in its history.
    pub what: String,
    /// What a run without a crash came to.
    pub expected: Outcome,
    /// What this run came to.
    pub actual: Outcome,
    /// What the checker finds wrong in the store; empty unless there is a bug in `durable`.
    pub violations: Vec<String>,
}

/// Runs an orchestration once without a crash, and then twice for each of its steps: with a crash
/// right before the step is recorded, and with one right after it, before anything follows from
/// it. Each time another worker takes over; every run must come to the same outcome.
///
/// `setup` makes a new hub for each run, with everything registered or replaced; events come from
/// [`TestHub::raise_after`]. `invocation` makes what is started on it.
///
/// ```
/// use durable::prelude::*;
/// use durable::testing::{TestHub, crash_everywhere};
///
/// #[activity]
/// async fn double(n: u64) -> Result<u64> {
///     Ok(2 * n)
/// }
///
/// #[orchestrator]
/// async fn twice(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
///     let once = ctx.call(double(n)).await?;
///     Ok(ctx.call(double(once)).await?)
/// }
///
/// let setup = || {
///     let hub = TestHub::new();
///     hub.register(twice::definition()).register(double::definition());
///     hub
/// };
/// let report = crash_everywhere(setup, || twice(5)).unwrap();
/// assert_eq!(report.crashes, 2 * report.commits);
/// ```
///
/// # Errors
///
/// [`CrashError`]: where the crash was, and both outcomes.
pub fn crash_everywhere<D: Orchestrator>(
    setup: impl Fn() -> TestHub,
    invocation: impl Fn() -> Invocation<D>,
) -> Result<CrashReport, Box<CrashError>> {
    let run = |crash: Option<CrashAt>| {
        let hub = setup();
        let began = hub.world.borrow().commits;
        hub.world.borrow_mut().crash = crash.map(|c| CrashAt { commit: began + c.commit, ..c });
        let run = hub.start(invocation());
        let id = InstanceId::from_stored(run.id());
        let outcome = outcome(&hub, &id);
        let commits = hub.world.borrow().commits - began;
        (hub, outcome, commits)
    };
    let (_, expected, commits) = run(None);
    let mut crashes = 0;
    for commit in 0..commits {
        for applied in [false, true] {
            let (hub, actual, _) = run(Some(CrashAt { commit, applied }));
            crashes += 1;
            let violations = violations(&hub);
            let world = hub.world.borrow();
            if actual != expected || !violations.is_empty() || world.crashed.is_none() {
                let what = world.crashed.clone().unwrap_or_else(|| "it was never reached".to_owned());
                return Err(Box::new(CrashError { commit, applied, what, expected, actual, violations }));
            }
        }
    }
    Ok(CrashReport { commits, crashes, outcome: expected })
}

fn outcome(hub: &TestHub, id: &InstanceId) -> Outcome {
    match hub.run_to_end::<()>(id) {
        Ok(ended) => {
            let custom_status = hub.instance(id.as_str()).and_then(|r| r.custom_status);
            Outcome::Ended { status: ended.status, result: ended.result, custom_status }
        }
        Err(TestRunError::Stuck(stuck)) => Outcome::Stuck(stuck.to_string()),
        Err(e) => Outcome::Stuck(e.to_string()),
    }
}

/// What is wrong in the hub's store, all histories replayed.
fn violations(hub: &TestHub) -> Vec<String> {
    // An orchestration that never rests has said so already.
    let _ = hub.world.borrow_mut().settle();
    let world = hub.world.borrow();
    match block_on(checker::check(&world.store, Some(&world.setup.registry))) {
        Ok(report) => report.violations().iter().map(ToString::to_string).collect(),
        Err(e) => vec![e.to_string()],
    }
}

impl CrashReport {
    /// The value, if that is how the runs ended.
    pub fn value<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        match &self.outcome {
            Outcome::Ended { result: Ok(value), .. } => value.decode().ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Ended { status, result, custom_status } => {
                match result {
                    Ok(value) => write!(f, "{status} with {value}")?,
                    Err(failure) => write!(f, "{status}: {failure}")?,
                }
                custom_status.as_ref().map_or(Ok(()), |status| write!(f, ", custom status {status}"))
            }
            Outcome::Stuck(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for CrashError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.applied { "after" } else { "before" };
        write!(f, "a crash right {when} commit {} ({}) makes a difference", self.commit, self.what)?;
        write!(f, "\n  without a crash: {}\n  with the crash:  {}", self.expected, self.actual)?;
        self.violations.iter().try_for_each(|v| write!(f, "\n  {v}"))
    }
}

impl fmt::Debug for CrashError {
    /// As its text: this is what a test shows that unwraps it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CrashError {}
