//! What a worker can run, by name.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::DefinitionKind;
use crate::context::{ActivityContext, OrchestrationContext};
use crate::failure::Failure;
use crate::limits::NAME_CHARS_MAX;
use crate::payload::Payload;

/// An activity's code: arguments in, result out. Its future moves between threads.
pub type ActivityFn = Arc<
    dyn Fn(ActivityContext, Payload) -> Pin<Box<dyn Future<Output = Result<Payload, Failure>> + Send>> + Send + Sync,
>;

/// An orchestrator's code. Its future stays on one thread.
pub type OrchestratorFn =
    Arc<dyn Fn(OrchestrationContext, Payload) -> Pin<Box<dyn Future<Output = Result<Payload, Failure>>>> + Send + Sync>;

/// A type of shared data that an activity asks for with `needs(..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataType {
    /// Which type.
    pub id: TypeId,
    /// Its name, for the error.
    pub name: &'static str,
}

impl DataType {
    /// The type `T`.
    pub fn of<T: 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: type_name::<T>() }
    }
}

/// Where a definition stands in the user's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceLocation {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The code behind a name.
#[derive(Clone)]
#[non_exhaustive]
pub enum Code {
    /// An activity and the shared data that it needs.
    Activity(ActivityFn, Vec<DataType>),
    /// An orchestrator.
    Orchestrator(OrchestratorFn),
}

/// A definition ready to be given to a worker: what `say_hello::definition()` returns.
#[derive(Clone)]
pub struct Registration {
    name: &'static str,
    version: &'static str,
    at: SourceLocation,
    queue: Option<&'static str>,
    code: Code,
}

impl Registration {
    #[doc(hidden)]
    pub fn new(name: &'static str, version: &'static str, at: SourceLocation, code: Code) -> Self {
        Self { name, version, at, queue: None, code }
    }

    /// In this queue: its activities can be limited together.
    #[must_use]
    pub fn in_queue(mut self, queue: &'static str) -> Self {
        self.queue = Some(queue);
        self
    }

    /// The durable name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is.
    pub fn kind(&self) -> DefinitionKind {
        match self.code {
            Code::Activity(..) => DefinitionKind::Activity,
            Code::Orchestrator(_) => DefinitionKind::Orchestrator,
        }
    }

    /// Where it stands in the source.
    pub fn location(&self) -> SourceLocation {
        self.at
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} at {}", self.kind(), self.name, self.at)
    }
}

/// Why a set of definitions cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// Two definitions of one kind with one name and version.
    #[error("{name:?} names two {}: {first} and {second}; rename one with `#[{kind}(name = \"…\")]`", kind.plural())]
    Duplicate {
        /// Orchestrator or activity.
        kind: DefinitionKind,
        /// The name, with `@version` if there is one.
        name: String,
        /// Where the one is.
        first: SourceLocation,
        /// Where the other is.
        second: SourceLocation,
    },
    /// A name that is empty or too long.
    #[error("the {kind} at {at} has a name of {chars} characters; 1 to {NAME_CHARS_MAX} are allowed")]
    InvalidName {
        /// Orchestrator or activity.
        kind: DefinitionKind,
        /// Where it is.
        at: SourceLocation,
        /// How long its name is.
        chars: usize,
    },
}

/// What a worker can run.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// By name, then by version.
    orchestrators: BTreeMap<&'static str, BTreeMap<&'static str, Registration>>,
    activities: BTreeMap<&'static str, Registration>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything annotated in this binary.
    #[cfg(feature = "inventory")]
    pub fn collected() -> Result<Self, RegistryError> {
        let mut registry = Self::new();
        for collected in inventory::iter::<Collected>() {
            registry.add((collected.0)())?;
        }
        Ok(registry)
    }

    /// Adds a definition.
    pub fn add(&mut self, r: Registration) -> Result<(), RegistryError> {
        let (kind, at) = (r.kind(), r.at);
        let chars = r.name.chars().count();
        if chars == 0 || chars > NAME_CHARS_MAX {
            return Err(RegistryError::InvalidName { kind, at, chars });
        }
        let (name, replaced) = match kind {
            DefinitionKind::Activity => (r.name.to_owned(), self.activities.insert(r.name, r)),
            DefinitionKind::Orchestrator => {
                let name = if r.version.is_empty() { r.name.to_owned() } else { format!("{}@{}", r.name, r.version) };
                (name, self.orchestrators.entry(r.name).or_default().insert(r.version, r))
            }
        };
        match replaced {
            // The same definition twice is no conflict: `register_all()` beside `register(..)`.
            Some(first) if first.at != at => Err(RegistryError::Duplicate { kind, name, first: first.at, second: at }),
            _ => Ok(()),
        }
    }

    /// Adds all of another registry.
    pub fn merge(&mut self, other: Registry) -> Result<(), RegistryError> {
        let orchestrators = other.orchestrators.into_values().flat_map(BTreeMap::into_values);
        orchestrators.chain(other.activities.into_values()).try_for_each(|r| self.add(r))
    }

    /// The orchestrator of this name and version.
    pub fn orchestrator(&self, name: &str, version: &str) -> Option<&OrchestratorFn> {
        match &self.orchestrators.get(name)?.get(version)?.code {
            Code::Orchestrator(f) => Some(f),
            Code::Activity(..) => None,
        }
    }

    /// The activity of this name.
    pub fn activity(&self, name: &str) -> Option<&ActivityFn> {
        match &self.activities.get(name)?.code {
            Code::Activity(f, _) => Some(f),
            Code::Orchestrator(_) => None,
        }
    }

    /// The activities, each with its queue, sorted.
    pub fn queues(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> + '_ {
        self.activities.values().map(|r| (r.name, r.queue))
    }

    /// Every activity that needs shared data of a type that `has` does not have.
    pub fn unmet_needs(&self, has: impl Fn(TypeId) -> bool) -> Vec<(&'static str, DataType)> {
        let needs = self.activities.values().filter_map(|r| match &r.code {
            Code::Activity(_, needs) => Some(needs.iter().map(|n| (r.name, *n))),
            Code::Orchestrator(_) => None,
        });
        needs.flatten().filter(|(_, n)| !has(n.id)).collect()
    }

    /// Names and versions of the orchestrators, sorted.
    pub fn orchestrator_names(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.orchestrators.iter().flat_map(|(name, versions)| versions.keys().map(|v| (*name, *v)))
    }

    /// Names of the activities, sorted.
    pub fn activity_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.activities.keys().copied()
    }
}

/// What an annotated function hands in at link time.
#[cfg(feature = "inventory")]
#[doc(hidden)]
pub struct Collected(pub fn() -> Registration);

#[cfg(feature = "inventory")]
inventory::collect!(Collected);
