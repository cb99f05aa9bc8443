//! Saved histories against new code.

use std::fmt;

use durable_core::history::{Event, ExecutionStarted, History};
use durable_core::replay::Mismatch;
use durable_core::{EventSeq, InstanceId, Registration, Registry};

/// Events that are shown before the one that differs.
const SHOWN_BEFORE: u64 = 5;

/// Why a history does not fit the code.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReplayError {
    /// The history is empty, or does not begin with the start of an execution.
    NotStarted(InstanceId),
    /// It is the history of another orchestrator, or of another version of it.
    OtherOrchestrator {
        /// Whose history it is.
        instance: InstanceId,
        /// The orchestrator in the history, with `@version` if it has one.
        recorded: String,
        /// What there is to replay it with.
        known: Vec<String>,
    },
    /// The code does not repeat the history.
    Differs {
        /// Whose history it is.
        instance: InstanceId,
        /// What differs.
        error: Box<durable_core::replay::ReplayError>,
        /// The last recorded events that the code has repeated, one line each.
        before: Vec<String>,
    },
}

impl ReplayError {
    /// The first decision that differs, if that is what is wrong: recorded and made now.
    pub fn mismatch(&self) -> Option<&Mismatch> {
        match self {
            ReplayError::Differs { error, .. } => match &**error {
                durable_core::replay::ReplayError::NonDeterministic(mismatch) => Some(mismatch),
                _ => None,
            },
            _ => None,
        }
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::NotStarted(instance) => {
                write!(f, "the history of {instance} does not begin with the start of an execution")
            }
            ReplayError::OtherOrchestrator { instance, recorded, known } => {
                write!(
                    f,
                    "the history of {instance} is that of `{recorded}`, but there is only `{}`",
                    known.join("`, `")
                )
            }
            ReplayError::Differs { instance, error, before } => {
                write!(f, "the history of {instance} does not fit: {error}")?;
                if !before.is_empty() {
                    f.write_str("\n  before that:")?;
                }
                before.iter().try_for_each(|line| write!(f, "\n    {line}"))
            }
        }
    }
}

impl std::error::Error for ReplayError {}

/// Replays a saved history with this orchestrator: whether code that is about to be deployed still
/// makes the decisions that are recorded.
///
/// ```
/// use durable::prelude::*;
/// use durable::testing::{History, TestHub, replay};
///
/// #[activity]
/// async fn greet(name: String) -> Result<String> {
///     Ok(format!("Hello {name}!"))
/// }
///
/// #[orchestrator]
/// async fn hello(ctx: &OrchestrationContext, name: String) -> Result<String> {
///     Ok(ctx.call(greet(name)).await?)
/// }
///
/// let hub = TestHub::new();
/// hub.register(hello::definition()).register(greet::definition());
/// let run = hub.start(hello("Oslo".into()));
/// run.result().unwrap();
/// // Usually a file that was exported from where the orchestration runs.
/// let saved = run.history().to_json_lines();
///
/// let history = History::from_json_lines(&saved).unwrap();
/// replay(&history, hello::definition()).unwrap();
/// ```
///
/// # Errors
///
/// [`ReplayError`]: its text shows the recorded decision, the decision that the code makes now,
/// and the events before.
pub fn replay(history: &History, definition: Registration) -> Result<(), ReplayError> {
    let mut registry = Registry::new();
    let known = definition.name().to_owned();
    if registry.add(definition).is_err() {
        return Err(other(history, vec![known]));
    }
    replay_in(history, &registry)
}

/// As [`replay`], with whichever orchestrator of the registry the history names.
///
/// # Errors
///
/// As [`replay`].
pub fn replay_in(history: &History, registry: &Registry) -> Result<(), ReplayError> {
    let Some(started) = started(history) else { return Err(ReplayError::NotStarted(history.instance.clone())) };
    let Some(code) = registry.orchestrator(&started.name, &started.version) else {
        return Err(other(history, registry.orchestrator_names().map(|(n, v)| full_name(n, v)).collect()));
    };
    match durable_core::replay::replay(&history.instance, history.execution, code, &history.turns) {
        Ok(_) => Ok(()),
        Err(error) => {
            let at = place(&error);
            let before = history.events().filter(|e| at.is_some_and(|at| e.seq < at && e.seq.plus(SHOWN_BEFORE) >= at));
            let before = before.map(|e| format!("{:>5}  {:<18}  {}", e.seq, e.event.type_name(), e.event)).collect();
            Err(ReplayError::Differs { instance: history.instance.clone(), error: Box::new(error), before })
        }
    }
}

fn other(history: &History, known: Vec<String>) -> ReplayError {
    let recorded = started(history).map(|s| full_name(&s.name, &s.version)).unwrap_or_default();
    ReplayError::OtherOrchestrator { instance: history.instance.clone(), recorded, known }
}

fn started(history: &History) -> Option<&ExecutionStarted> {
    match history.turns.first()?.messages.first()? {
        Event::ExecutionStarted(started) => Some(started),
        _ => None,
    }
}

fn full_name(name: &str, version: &str) -> String {
    if version.is_empty() { name.to_owned() } else { format!("{name}@{version}") }
}

/// Before which event the history stops to fit.
fn place(error: &durable_core::replay::ReplayError) -> Option<EventSeq> {
    use durable_core::replay::ReplayError as E;
    match error {
        E::NonDeterministic(mismatch) => Some(mismatch.seq),
        E::Panicked { turn, .. } | E::Fault { turn, .. } => Some(*turn),
        _ => None,
    }
}
