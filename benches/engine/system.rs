//! `durable` with the orchestrations that are measured; shared by both benchmarks.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;
use durable::prelude::*;
use durable::store::Store as _;
use durable_sqlite::SqliteOptions;
use serde::{Deserialize, Serialize};

/// Something that runs orchestrations: `durable`, or the floor.
pub(crate) trait System: Clone + Send + 'static {
    /// Runs one instance of so many activities one after the other, from its start to its end.
    fn chain(self, steps: u32) -> impl Future<Output = Result<()>> + Send;

    /// Runs one instance of so many activities at once, from its start to its end.
    fn fan_out(self, activities: u32) -> impl Future<Output = Result<()>> + Send;

    /// Runs one instance that starts so many others at once, of one activity each, from its start
    /// to its end.
    fn children(self, children: u32) -> impl Future<Output = Result<()>> + Send;
}

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

#[orchestrator]
async fn reserve_by_children(ctx: &OrchestrationContext, orders: u32) -> durable::Result<u32> {
    let children = (0..orders).map(|_| ctx.call(reserve_one_by_one(1)));
    Ok(durable::try_join_all(children).await?.iter().sum())
}

/// Instances of [`wait_for_go`] that have got their event.
pub(crate) static GONE: AtomicU32 = AtomicU32::new(0);

#[orchestrator]
pub(crate) async fn wait_for_go(ctx: &OrchestrationContext) -> durable::Result<u32> {
    let order: Order = ctx.event("go").await;
    Ok(ctx.side_effect(move || GONE.fetch_add(u32::from(order.ok), Ordering::Relaxed)).await)
}

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
pub(crate) struct Starter(pub(crate) Client);

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

impl System for Starter {
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

    async fn children(self, children: u32) -> Result<()> {
        let run = self.0.start(reserve_by_children(children)).await?;
        anyhow::ensure!(run.result().await? == children);
        Ok(())
    }
}
