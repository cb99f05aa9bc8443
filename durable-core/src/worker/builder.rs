//! Making a worker, and holding it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::client::Client;
use crate::context::Data;
use crate::definition::{Registration, Registry, RegistryError};
use crate::store::{Lease, Offer, Store, StoreError, WorkerInfo};
use crate::worker::env::{Env, SystemEnv};
use crate::worker::health::{Health, Vitals};
use crate::worker::janitor::{AutoPurge, Janitor};
use crate::worker::settings::Settings;
use crate::worker::shell::{self, Input, Inputs, Parts};
use crate::worker::throttle::{InvalidLimit, Limit};
use crate::worker::watcher::Watcher;

/// A store by value or shared: what a worker and a client are built on.
pub trait IntoStore {
    /// The store, shared.
    fn into_store(self) -> Arc<dyn Store>;
}

impl<S: Store> IntoStore for S {
    fn into_store(self) -> Arc<dyn Store> {
        Arc::new(self)
    }
}

impl IntoStore for Arc<dyn Store> {
    fn into_store(self) -> Arc<dyn Store> {
        self
    }
}

/// Why a worker did not start. Everything that is wrong with its definitions is found here, not
/// later.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Two definitions of one name, or a name that cannot be one.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// An activity needs data that the worker was not given.
    #[error("activity `{activity}` needs data of type `{type_name}`: add `.data(..)` to the worker's builder")]
    MissingData {
        /// Which activity.
        activity: &'static str,
        /// Which type.
        type_name: &'static str,
    },
    /// A limit that cannot be kept.
    #[error(transparent)]
    Limit(#[from] InvalidLimit),
    /// The store refused the worker.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Not called inside a tokio runtime.
    #[error("a worker runs its activities on tokio: call `start()` inside a tokio runtime with time enabled")]
    NoRuntime,
    /// The worker's thread did not start.
    #[error("the worker's thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// Says what a worker runs and how. Made by [`Worker::builder`].
#[must_use = "a builder does nothing until `start()`"]
pub struct WorkerBuilder {
    store: Arc<dyn Store>,
    registry: Result<Registry, RegistryError>,
    data: Data,
    settings: Settings,
    name: Option<String>,
    env: Arc<dyn Env>,
}

impl WorkerBuilder {
    /// Registers every function in this binary that is annotated with `#[orchestrator]` or
    /// `#[activity]`.
    #[cfg(feature = "inventory")]
    pub fn register_all(mut self) -> Self {
        self.registry = self.registry.and_then(|mut registry| {
            registry.merge(Registry::collected()?)?;
            Ok(registry)
        });
        self
    }

    /// Registers one function: `.register(say_hello::definition())`.
    pub fn register(mut self, definition: Registration) -> Self {
        self.registry = self.registry.and_then(|mut registry| {
            registry.add(definition)?;
            Ok(registry)
        });
        self
    }

    /// Registers what a [`Registry`] holds.
    pub fn registry(mut self, other: Registry) -> Self {
        self.registry = self.registry.and_then(|mut registry| {
            registry.merge(other)?;
            Ok(registry)
        });
        self
    }

    /// Shares a value with all activities: `ctx.data::<Pool>()`. One value per type.
    pub fn data<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.data.insert(value);
        self
    }

    /// A name for humans; the process id unless given.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// At most so many activities at once; 256 unless given.
    pub fn max_activities(mut self, n: usize) -> Self {
        self.settings.activities_max = n.max(1);
        self
    }

    /// Limits activities by name or by queue; several limits add up.
    pub fn limit(mut self, limit: Limit) -> Self {
        self.settings.limits.push(limit);
        self
    }

    /// Deletes finished instances that are old enough, in batches between other work; several rules
    /// may be given. Nothing is deleted unless asked for.
    pub fn auto_purge(mut self, rule: AutoPurge) -> Self {
        self.settings.auto_purge.push(rule);
        self
    }

    /// How often that is done, on average; every minute unless given.
    pub fn auto_purge_interval(mut self, interval: Duration) -> Self {
        self.settings.auto_purge_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// An execution whose history grows to so many events fails, instead of growing without end;
    /// 1,000,000 unless given. `ctx.continue_as_new(..)` begins a new history.
    pub fn max_history_events(mut self, n: u64) -> Self {
        self.settings.history_events_max = n.max(2);
        self
    }

    /// At most so many live orchestrator futures in memory; 20,000 unless given. Others that
    /// this worker owns are brought back from their history when something happens to them.
    pub fn max_sessions(mut self, n: usize) -> Self {
        self.settings.sessions_max = n.max(1);
        self
    }

    /// Whether each turn is run a second time from scratch and compared, to find
    /// nondeterminism on the first run. On in debug builds, off in release builds unless said
    /// otherwise.
    pub fn double_run(mut self, on: bool) -> Self {
        self.settings.double_run = on;
        self
    }

    /// How long the worker's lease runs without a heartbeat; 30 s unless given. Matters only
    /// where another worker cannot see at once that this one is dead (it is renewed three times
    /// as often).
    pub fn lease_duration(mut self, duration: Duration) -> Self {
        self.settings.lease_duration = duration;
        self.settings.heartbeat_interval = duration / 3;
        self
    }

    /// How often the worker asks, on average, whether another process wrote to the store; 40 ms
    /// unless given, and two and a half times as long when nobody has for a second.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// A timer further away than this lets its instance leave memory; 5 s unless given.
    pub fn timer_horizon(mut self, horizon: Duration) -> Self {
        self.settings.timer_horizon = horizon;
        self
    }

    /// Another clock and source of randomness; for tests.
    #[doc(hidden)]
    pub fn env(mut self, env: Arc<dyn Env>) -> Self {
        self.env = env;
        self
    }

    /// Starts the worker.
    ///
    /// # Errors
    ///
    /// [`StartError`]: duplicate names, missing data, a store that refuses, no tokio runtime.
    pub async fn start(self) -> Result<Worker, StartError> {
        let registry = Arc::new(self.registry?);
        if let Some((activity, needed)) = registry.unmet_needs(|id| self.data.contains(id)).first() {
            return Err(StartError::MissingData { activity, type_name: needed.name });
        }
        self.settings.limits.iter().try_for_each(|limit| limit.check(&registry))?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let offers: Vec<Offer> = registry
            .orchestrator_names()
            .map(|(name, version)| Offer { name: name.to_owned(), version: version.to_owned() })
            .collect();
        let name = self.name.unwrap_or_else(|| format!("pid {}", std::process::id()));
        let info = WorkerInfo { name, offers: offers.clone(), lease_duration: self.settings.lease_duration };
        let lease = self.store.register_worker(info.clone(), self.env.now()).await?;
        // At once, so that a restart after a crash goes on without waiting for the first sweep.
        self.store.fence_dead_workers(lease, self.env.now()).await?;
        self.store.unpark(offers, self.env.now()).await?;

        let (leases, lease_changes) = watch::channel(lease);
        let neighbours = neighbours(&*self.store, lease).await?;
        let vitals = Arc::new(Vitals::new(lease, self.env.now()));
        let inputs = shell::spawn(Parts {
            store: self.store.clone(),
            env: self.env.clone(),
            registry,
            data: Arc::new(self.data),
            settings: self.settings.clone(),
            info,
            lease,
            runtime: runtime.clone(),
            neighbours,
            vitals: vitals.clone(),
            leases,
        })?;
        let watcher = Watcher {
            store: self.store.clone(),
            env: self.env.clone(),
            settings: self.settings.clone(),
            inputs: inputs.clone(),
            leases: lease_changes,
            vitals: vitals.clone(),
        };
        let janitor = Janitor {
            store: self.store.clone(),
            env: self.env.clone(),
            rules: self.settings.auto_purge.clone(),
            interval: self.settings.auto_purge_interval,
        };
        let background = [runtime.spawn(watcher.run()), runtime.spawn(janitor.run())];
        let client = Client::of_worker(self.store.clone(), self.env, inputs.clone());
        Ok(Worker { inputs, client, background, vitals, grace: self.settings.shutdown_grace })
    }
}

/// How many other workers are live.
pub(crate) async fn neighbours(store: &dyn Store, lease: Lease) -> Result<usize, StoreError> {
    let workers = store.workers().await?;
    Ok(workers.iter().filter(|w| w.id != lease.worker && !w.fenced).count())
}

/// A running worker: it runs the orchestrators and activities that it was given, on one store.
///
/// Several workers may share a store, in one process or in many. Dropping a worker stops it
/// without waiting; [`Worker::shutdown`] waits for what is running.
pub struct Worker {
    inputs: Inputs,
    client: Client,
    background: [tokio::task::JoinHandle<()>; 2],
    vitals: Arc<Vitals>,
    grace: Duration,
}

impl Worker {
    /// Begins to make a worker on this store.
    pub fn builder(store: impl IntoStore) -> WorkerBuilder {
        WorkerBuilder {
            store: store.into_store(),
            registry: Ok(Registry::new()),
            data: Data::default(),
            settings: Settings::default(),
            name: None,
            env: Arc::new(SystemEnv),
        }
    }

    /// A client beside this worker: what it starts runs here at once, in one commit with its
    /// first turn, and what it waits for wakes it.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// How it is: for a health check, without a call of the store.
    ///
    /// ```no_run
    /// # async fn f(worker: &durable_core::worker::Worker) {
    /// let health = worker.health();
    /// if !health.is_healthy() {
    ///     eprintln!("{:?} {:?}", health.store_error, health.long_turn);
    /// }
    /// # }
    /// ```
    pub fn health(&self) -> Health {
        self.vitals.read()
    }

    /// Stops gracefully: takes nothing new, waits up to 10 s for running activities so that
    /// their results are recorded, then hands what is unfinished to other workers. Nothing is
    /// lost either way.
    ///
    /// # Errors
    ///
    /// None today; the signature leaves room.
    pub async fn shutdown(self) -> Result<(), StoreError> {
        let grace = self.grace;
        self.shutdown_within(grace).await
    }

    /// As [`Worker::shutdown`], with another grace.
    ///
    /// # Errors
    ///
    /// None today; the signature leaves room.
    pub async fn shutdown_within(self, grace: Duration) -> Result<(), StoreError> {
        let (done, is_done) = oneshot::channel();
        if self.inputs.send(Input::Shutdown(grace, done)).is_ok() {
            // An error means that the thread has ended: as good as done.
            let _ = is_done.await;
        }
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.background.iter().for_each(tokio::task::JoinHandle::abort);
        let (done, _) = oneshot::channel();
        // If the thread has ended already there is nothing to stop.
        let _ = self.inputs.send(Input::Shutdown(Duration::ZERO, done));
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}
