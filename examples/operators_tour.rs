//! An operator's tour: find what failed, repair it, see what waits and for what, clean up.
//!
//! `cargo run --example operators_tour [FILE]`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use durable::prelude::*;
use durable::store::Status;

/// Another system, which is down at first.
#[derive(Clone, Default)]
struct Carrier(Arc<AtomicBool>);

#[activity(needs(Carrier))]
async fn ship(ctx: &ActivityContext, order: u32) -> Result<String> {
    match ctx.data::<Carrier>().0.load(Ordering::SeqCst) {
        true => Ok(format!("parcel {order}")),
        false => Err(durable::Error::msg("the carrier is down")),
    }
}

#[activity]
async fn charge(order: u32) -> Result<u32> {
    println!("  order {order} is charged");
    Ok(order)
}

#[orchestrator]
async fn order(ctx: &OrchestrationContext, number: u32, express: bool) -> Result<String> {
    ctx.call(charge(number)).await?;
    if !express {
        ctx.event::<()>("released").await;
    }
    Ok(ctx.call(ship(number)).await?)
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "operators_tour.db".into());
    let carrier = Carrier::default();
    let store = SqliteStore::open(&file).await?;
    let worker = Worker::builder(store).register_all().data(carrier.clone()).start().await?;
    let client = worker.client();

    println!("Five orders; three are express, and the carrier is down.");
    for number in 1..=5 {
        let express = number <= 3;
        let start = order(number, express).instance_id(format!("order/{number}")).tag("customer", "ada");
        // Started twice by accident, it is started once.
        client.start(start.request_id(format!("web-{number}"))).await?;
    }
    for number in 1..=3 {
        client.instance(format!("order/{number}")).finished().await?;
    }

    let failed = client.query().name("order").status(Status::Failed).tag("customer", "ada").oldest_first();
    println!("{} have failed:", failed.count().await?.total());
    for instance in failed.page().await?.instances {
        println!("  {} started {}", instance.id, instance.created_at);
    }

    let waiting = client.instance("order/4").status().await?;
    println!("order/4 is {} and waits for: {:?}", waiting.status, waiting.waiting_for);

    println!("The carrier is back: what failed goes on from there, and is not charged again.");
    carrier.0.store(true, Ordering::SeqCst);
    for instance in failed.all().next_page().await?.unwrap_or_default() {
        client.instance(&instance.id).rewind("the carrier was down").await?;
    }
    for number in 1..=3 {
        println!("  {}", client.instance(format!("order/{number}")).result::<order>().await?);
    }

    println!("One is let go, one is given up, and what has ended is purged.");
    client.instance("order/4").raise("released", &()).await?;
    client.instance("order/5").terminate("never paid").await?;
    println!("  {}", client.instance("order/4").result::<order>().await?);
    client.instance("order/5").finished().await?;
    let report = client.query().id_prefix("order/").purge().await?;
    println!("  {} purged", report.purged);

    let figures = client.statistics().await?;
    println!("The hub holds {} instances and {} request ids.", figures.instances(), figures.requests);
    worker.shutdown().await?;
    Ok(())
}
