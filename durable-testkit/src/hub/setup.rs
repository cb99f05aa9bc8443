//! What a hub runs: definitions, replacements, shared data.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use durable_core::definition::{ActivityFn, Code, DataType, SourceLocation};
use durable_core::worker::{SecondRun, Settings};
use durable_core::{Activity, ActivityContext, Data, Error, Failure, FailureKind, Payload, Registration, Registry};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::perturbed::Perturbed;

/// Where a definition stands that was taken from another registry: that one has checked it.
const KNOWN: SourceLocation = SourceLocation { file: "a test hub", line: 0 };

pub(super) struct Setup {
    pub(super) registry: Registry,
    pub(super) data: Arc<Data>,
    pub(super) settings: Settings,
    /// How long the hub waits, by the real clock, for an activity that is not replaced.
    pub(super) patience: Duration,
    /// How often the clock may jump while a test waits for one result.
    pub(super) jumps_max: u32,
    /// Whether the second run of each turn sees other surroundings.
    pub(super) is_perturbed: bool,
    /// How long an activity takes, by the virtual clock.
    pub(super) takes: BTreeMap<&'static str, Duration>,
    replaced: BTreeMap<&'static str, ActivityFn>,
    hanging: BTreeSet<&'static str>,
}

impl Setup {
    pub(super) fn new() -> Self {
        let mut settings = Settings::default();
        settings.double_run = true;
        Self {
            registry: Registry::new(),
            data: Arc::default(),
            settings,
            patience: Duration::from_secs(5),
            jumps_max: 100_000,
            is_perturbed: true,
            takes: BTreeMap::new(),
            replaced: BTreeMap::new(),
            hanging: BTreeSet::new(),
        }
    }

    pub(super) fn replace<D: Activity>(&mut self, code: ActivityFn) {
        self.hanging.remove(D::NAME);
        self.replaced.insert(D::NAME, code);
    }

    pub(super) fn hang<D: Activity>(&mut self) {
        let code = |ctx: ActivityContext, _| {
            let canceled = async move {
                ctx.cancelled().await;
                Err(Failure::new(FailureKind::Canceled, "it was cancelled"))
            };
            Box::pin(canceled) as _
        };
        self.replaced.insert(D::NAME, Arc::new(code));
        self.hanging.insert(D::NAME);
    }

    /// Its own code runs again.
    pub(super) fn restore<D: Activity>(&mut self) {
        self.hanging.remove(D::NAME);
        self.replaced.remove(D::NAME);
    }

    /// Whether the activity's own code runs, which may do anything.
    pub(super) fn is_real(&self, activity: &str) -> bool {
        !self.replaced.contains_key(activity)
    }

    /// Everything that was registered, with the replacements in their places.
    pub(super) fn registry_with_replacements(&self) -> Registry {
        let mut registry = Registry::new();
        let orchestrators = self.registry.orchestrator_names().filter_map(|(name, version)| {
            let code = self.registry.orchestrator(name, version)?.clone();
            Some(Registration::new(name, version, KNOWN, Code::Orchestrator(code)))
        });
        let own = self.registry.activity_names().filter(|name| !self.replaced.contains_key(name));
        let own = own.filter_map(|name| {
            let code = self.registry.activity(name)?.clone();
            Some(Registration::new(name, "", KNOWN, Code::Activity(code, Vec::new())))
        });
        let replaced = self
            .replaced
            .iter()
            .map(|(name, code)| Registration::new(name, "", KNOWN, Code::Activity(code.clone(), Vec::new())));
        for registration in orchestrators.chain(own).chain(replaced) {
            if let Err(e) = registry.add(registration) {
                panic!("the test hub cannot run this: {e}");
            }
        }
        registry
    }

    /// What is done around the second run of each turn.
    pub(super) fn second_run(&self) -> Option<Arc<dyn SecondRun>> {
        self.is_perturbed.then(|| Arc::new(Perturbed::default()) as _)
    }

    /// An activity that is not replaced and needs data that is not here.
    pub(super) fn unmet_need(&self) -> Option<(&'static str, DataType)> {
        let unmet = self.registry.unmet_needs(|id| self.data.contains(id));
        unmet.into_iter().find(|(name, _)| !self.replaced.contains_key(name))
    }
}

/// A closure as an activity's code.
pub(super) fn closure<D, A, F>(closure: F) -> ActivityFn
where
    D: Activity,
    A: DeserializeOwned,
    F: FnMut(&ActivityContext, A) -> Result<D::Ok, D::Err> + Send + 'static,
{
    let closure = Mutex::new(closure);
    Arc::new(move |ctx, input| {
        let result = arguments(D::NAME, &input).and_then(|arguments| {
            let mut closure = closure.lock().unwrap_or_else(PoisonError::into_inner);
            match closure(&ctx, arguments) {
                Ok(value) => Ok(Payload::encode(&value)?),
                Err(e) => Err(failure(&e)),
            }
        });
        Box::pin(ready(result))
    })
}

/// The recorded arguments as a tuple; none at all as `()` or `[u8; 0]`.
fn arguments<A: DeserializeOwned>(activity: &str, input: &Payload) -> Result<A, Failure> {
    let none = (input.as_str() == "[]").then(|| Payload::null().decode().ok()).flatten();
    let decoded = none.map_or_else(|| input.decode(), Ok);
    decoded.map_err(|e| {
        let what = format!("the closure that replaces `{activity}` takes other arguments than it is called with: {e}");
        Failure::new(FailureKind::Codec, what)
    })
}

/// As the activity's own code would record it; only the words for humans are those of `Debug`
/// where the error's type is not [`Error`].
fn failure<E: Serialize + std::fmt::Debug + 'static>(error: &E) -> Failure {
    let words = match (error as &dyn Any).downcast_ref::<Error>() {
        Some(own) => (own.message().to_owned(), own.causes().to_vec()),
        None => (format!("{error:?}"), Vec::new()),
    };
    durable_core::__private::failure(error, words)
}
