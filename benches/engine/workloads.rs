//! What is measured: the same workloads for `durable` and for the floor.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use durable::prelude::*;
use durable::store::Store as _;
use durable_sqlite::SqliteOptions;
use serde::{Deserialize, Serialize};

/// Something that runs orchestrations: `durable`, or the floor.
pub(crate) trait System: Clone + Send + 'static {
    /// Its name in the report.
    const NAME: &'static str;

    /// Runs one instance of so many activities one after the other, from its start to its end.
    fn chain(self, steps: u32) -> impl Future<Output = Result<()>> + Send;

    /// Runs one instance of so many activities at once, from its start to its end.
    fn fan_out(self, activities: u32) -> impl Future<Output = Result<()>> + Send;
}

/// One row of the report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Workload {
    /// Many instances, all started at once.
    Chain { instances: u32, steps: u32 },
    /// Short instances, one at a time.
    Latency { runs: u32, steps: u32 },
    /// One long instance at a time.
    Long { steps: u32, runs: u32 },
    /// One wide instance at a time.
    FanOut { activities: u32, runs: u32 },
}

/// What one run of a workload took.
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    /// Of each instance; only for [`Workload::Latency`].
    pub(crate) latencies: Vec<Duration>,
}

impl Workload {
    /// Every workload, in the order of the report.
    pub(crate) fn all(quick: bool) -> Vec<Workload> {
        let (instances, runs) = if quick { (1_000, 100) } else { (5_000, 300) };
        let mut all = vec![
            Workload::Chain { instances, steps: 5 },
            Workload::Latency { runs, steps: 3 },
            Workload::Long { steps: 100, runs: 10 },
            Workload::Long { steps: 2_000, runs: 1 },
            Workload::Long { steps: 10_000, runs: 1 },
            Workload::FanOut { activities: 1_000, runs: 5 },
            Workload::FanOut { activities: 10_000, runs: 1 },
        ];
        if quick {
            all.retain(|w| !matches!(w, Workload::Long { steps: 10_000, .. }));
        }
        all
    }

    /// What `--only` calls it.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Workload::Chain { .. } => "chain",
            Workload::Latency { .. } => "latency",
            Workload::Long { .. } => "long",
            Workload::FanOut { .. } => "fan-out",
        }
    }

    /// Its name in the report.
    pub(crate) fn name(self) -> String {
        match self {
            Workload::Chain { instances, steps } => format!("chain {instances} x {steps}"),
            Workload::Latency { steps, .. } => format!("latency {steps} steps"),
            Workload::Long { steps, .. } => format!("long {steps}"),
            Workload::FanOut { activities, .. } => format!("fan-out {activities}"),
        }
    }

    /// What its rate counts.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Workload::Chain { .. } | Workload::Latency { .. } => "instances/s",
            Workload::Long { .. } => "steps/s",
            Workload::FanOut { .. } => "activities/s",
        }
    }

    /// How many of [`Workload::unit`] a run makes.
    pub(crate) fn units(self) -> u32 {
        match self {
            Workload::Chain { instances, .. } => instances,
            Workload::Latency { runs, .. } => runs,
            Workload::Long { steps, runs } => steps * runs,
            Workload::FanOut { activities, runs } => activities * runs,
        }
    }

    /// How many activities a run makes.
    pub(crate) fn activities(self) -> u32 {
        match self {
            Workload::Chain { instances, steps } => instances * steps,
            Workload::Latency { runs, steps } => runs * steps,
            Workload::Long { .. } | Workload::FanOut { .. } => self.units(),
        }
    }

    /// Runs it once.
    pub(crate) async fn run<S: System>(self, system: &S) -> Result<Measured> {
        let mut latencies = Vec::new();
        let start = Instant::now();
        match self {
            Workload::Chain { instances, steps } => {
                let all: Vec<_> = (0..instances).map(|_| tokio::spawn(system.clone().chain(steps))).collect();
                for instance in all {
                    instance.await??;
                }
            }
            Workload::Latency { runs, steps } => {
                for _ in 0..runs {
                    let start = Instant::now();
                    tokio::spawn(system.clone().chain(steps)).await??;
                    latencies.push(start.elapsed());
                }
            }
            Workload::Long { steps, runs } => {
                for _ in 0..runs {
                    tokio::spawn(system.clone().chain(steps)).await??;
                }
            }
            Workload::FanOut { activities, runs } => {
                for _ in 0..runs {
                    tokio::spawn(system.clone().fan_out(activities)).await??;
                }
            }
        }
        Ok(Measured { wall: start.elapsed(), latencies })
    }
}

// ---------------------------------------------------------------------- the orchestrations

/// What an activity returns: about 200 bytes of JSON, as much as a row of the floor carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    order_id: u32,
    customer: String,
    status: String,
    amount: f64,
    currency: String,
    items: Vec<Item>,
    note: String,
    ok: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Item {
    sku: String,
    qty: u32,
}

impl Order {
    pub(crate) fn new(order_id: u32) -> Self {
        Self {
            order_id,
            customer: format!("c-{order_id:08}"),
            status: "reserved".into(),
            amount: 1234.56,
            currency: "EUR".into(),
            items: vec![Item { sku: "A-100".into(), qty: 2 }, Item { sku: "B-200".into(), qty: 1 }],
            note: "deliver to the back door".into(),
            ok: true,
        }
    }
}

#[activity]
async fn reserve(order_id: u32) -> durable::Result<Order> {
    Ok(Order::new(order_id))
}

#[orchestrator]
async fn reserve_one_by_one(ctx: &OrchestrationContext, orders: u32) -> durable::Result<u32> {
    let mut reserved = 0;
    for order_id in 0..orders {
        reserved += u32::from(ctx.call(reserve(order_id)).await?.ok);
    }
    Ok(reserved)
}

#[orchestrator]
async fn reserve_all_at_once(ctx: &OrchestrationContext, orders: u32) -> durable::Result<u32> {
    let mut reserved = 0;
    for order in durable::join_all((0..orders).map(|order_id| ctx.call(reserve(order_id)))).await {
        reserved += u32::from(order?.ok);
    }
    Ok(reserved)
}

#[activity]
async fn say_hello(city: &str) -> durable::Result<String> {
    Ok(format!("Hello {city}!"))
}

#[orchestrator]
async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> durable::Result<Vec<String>> {
    let mut greetings = Vec::new();
    for city in &cities {
        greetings.push(ctx.call(say_hello(city)).await?);
    }
    Ok(greetings)
}

// ---------------------------------------------------------------------- durable

/// What differs from the defaults.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// For experiments; `None`: the store's default.
    pub(crate) page_bytes: Option<u32>,
    /// Whether the worker looks round by itself. If not, what it does is what its instances do,
    /// and can be counted.
    pub(crate) polls: bool,
}

/// A worker on a store of its own.
pub(crate) struct Durable {
    pub(crate) store: SqliteStore,
    worker: Worker,
}

/// Starts instances on a [`Durable`].
#[derive(Clone)]
pub(crate) struct Starter(Client);

impl Durable {
    /// A store and a worker, set as `setup` says.
    pub(crate) async fn open(file: &Path, setup: Setup) -> Result<Self> {
        const NEVER: Duration = Duration::from_secs(24 * 60 * 60);
        let mut store = SqliteOptions::new(file);
        if let Some(bytes) = setup.page_bytes {
            store = store.page_bytes(bytes);
        }
        let store = store.open().await?;
        let mut worker = Worker::builder(store.clone()).register_all();
        if !setup.polls {
            worker = worker.poll_interval(NEVER);
        }
        Ok(Self { worker: worker.start().await?, store })
    }

    pub(crate) fn starter(&self) -> Starter {
        Starter(self.worker.client())
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.worker.shutdown().await?;
        self.store.close().await?;
        Ok(())
    }
}

impl Starter {
    /// HelloCities with five cities.
    pub(crate) async fn hello_cities_5(self) -> Result<()> {
        let cities = ["Tokyo", "Seattle", "London", "Amsterdam", "Seoul"].map(String::from);
        let run = self.0.start(hello_cities(cities.to_vec())).await?;
        anyhow::ensure!(run.result().await?.len() == cities.len());
        Ok(())
    }
}

impl System for Starter {
    const NAME: &'static str = "durable";

    async fn chain(self, steps: u32) -> Result<()> {
        let run = self.0.start(reserve_one_by_one(steps)).await?;
        anyhow::ensure!(run.result().await? == steps);
        Ok(())
    }

    async fn fan_out(self, activities: u32) -> Result<()> {
        let run = self.0.start(reserve_all_at_once(activities)).await?;
        anyhow::ensure!(run.result().await? == activities);
        Ok(())
    }
}
