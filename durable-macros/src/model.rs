//! What was understood: everything after validation reads these and nothing else.

use std::time::Duration;

use proc_macro2::Group;
use syn::{Attribute, Ident, PatType, Type, Visibility};

/// What an attribute makes of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Activity,
    Orchestrator,
}

impl Kind {
    /// The attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Kind::Activity => "activity",
            Kind::Orchestrator => "orchestrator",
        }
    }

    /// With its article.
    pub(crate) fn a(self) -> &'static str {
        match self {
            Kind::Activity => "an activity",
            Kind::Orchestrator => "an orchestrator",
        }
    }

    /// More than one.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Kind::Activity => "activities",
            Kind::Orchestrator => "orchestrators",
        }
    }

    /// The type of its context.
    pub(crate) fn context(self) -> &'static str {
        match self {
            Kind::Activity => "ActivityContext",
            Kind::Orchestrator => "OrchestrationContext",
        }
    }
}

/// An activity.
pub(crate) struct ActivityFn {
    pub(crate) function: Function,
    pub(crate) arguments: ActivityArguments,
}

/// An orchestrator.
pub(crate) struct OrchestratorFn {
    pub(crate) function: Function,
    pub(crate) arguments: OrchestratorArguments,
}

/// What the two have in common.
pub(crate) struct Function {
    /// For each generated item.
    pub(crate) cfgs: Vec<Attribute>,
    /// Docs, lints and the like: for the function that callers see.
    pub(crate) outer: Vec<Attribute>,
    /// Everything else: for the function that has the body.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// The context as it was written.
    pub(crate) context: Option<PatType>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: Type,
    pub(crate) body: Group,
}

/// A recorded parameter.
pub(crate) struct Parameter {
    /// As it was written.
    pub(crate) written: PatType,
    pub(crate) ident: Ident,
    /// What is recorded.
    pub(crate) recorded: Type,
    pub(crate) by_reference: bool,
}

/// Arguments of `#[activity]`.
#[derive(Default)]
pub(crate) struct ActivityArguments {
    pub(crate) name: Option<String>,
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) queue: Option<String>,
    pub(crate) needs: Vec<Type>,
}

/// Arguments of `#[orchestrator]`.
#[derive(Default)]
pub(crate) struct OrchestratorArguments {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

/// `retry(..)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
    pub(crate) first: Duration,
    pub(crate) backoff: Option<f64>,
    pub(crate) max_interval: Option<Duration>,
}
