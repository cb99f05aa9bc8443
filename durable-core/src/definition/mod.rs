//! What the attribute macros leave behind: typed definitions, invocations, registrations.

mod invocation;
mod registry;
mod reuse;
mod start_options;

pub use invocation::{CallOptions, Invocation, UnscheduledInvocation};
pub use registry::{ActivityFn, Code, DataType, OrchestratorFn, Registration, Registry, RegistryError, SourceLocation};

pub use reuse::ReusePolicy;
pub(crate) use start_options::{StartOptions, StartTime};

#[cfg(feature = "inventory")]
pub use registry::Collected;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DefinitionKind {
    /// Replayed; coordinates.
    Orchestrator,
    /// Runs once or more; does the work.
    Activity,
}

impl DefinitionKind {
    fn plural(self) -> &'static str {
        match self {
            DefinitionKind::Orchestrator => "orchestrators",
            DefinitionKind::Activity => "activities",
        }
    }
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DefinitionKind::Orchestrator => "orchestrator",
            DefinitionKind::Activity => "activity",
        })
    }
}

/// A durable function: its name in histories and the types that cross the boundary.
///
/// Implemented by the type that `#[activity]` and `#[orchestrator]` put beside the function.
pub trait Definition: Sized + 'static {
    /// The name in histories.
    const NAME: &'static str;
    /// What it is.
    const KIND: DefinitionKind;
    /// An orchestrator's version; empty unless its attribute names one.
    const VERSION: &'static str = "";
    /// What it returns.
    type Ok: Serialize + DeserializeOwned + 'static;
    /// The error it returns.
    type Err: Serialize + DeserializeOwned + fmt::Debug + 'static;

    /// The options that its attribute names.
    fn options() -> CallOptions {
        CallOptions::default()
    }
}

/// A definition made by `#[activity]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    label = "not an activity",
    note = "put `#[durable::activity]` on the function that does the work"
)]
pub trait Activity: Definition {}

/// A definition made by `#[orchestrator]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an orchestrator",
    label = "only orchestrators can be started",
    note = "a client starts orchestrators; call this activity from one with `ctx.call(..)`"
)]
pub trait Orchestrator: Definition {}

/// What an activity or orchestrator may return: `Result<T>` or `Result<T, E>`.
#[diagnostic::on_unimplemented(
    message = "an activity or orchestrator returns a `Result`, but this one returns `{Self}`",
    label = "not a `Result`",
    note = "write `-> durable::Result<T>`, or `-> Result<T, E>` with an error type of your own; both `T` and `E` must be `Serialize + DeserializeOwned`"
)]
pub trait Outcome {
    /// The value.
    type Ok;
    /// The error.
    type Err;
    /// As the `Result` that it is.
    fn into_result(self) -> Result<Self::Ok, Self::Err>;
}

#[diagnostic::do_not_recommend]
impl<T, E> Outcome for Result<T, E> {
    type Ok = T;
    type Err = E;
    fn into_result(self) -> Result<T, E> {
        self
    }
}
