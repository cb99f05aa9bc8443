//! How many activities run at once, by name and by queue, and how many begin in a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use durable::prelude::*;
use durable::worker::Limit;
use durable::{StartError, WorkerBuilder};

use crate::common::{Hub, on_each_store};

on_each_store!(
    an_activity_has_its_own_limit,
    a_queue_is_limited_as_one,
    a_rate_spaces_beginnings_evenly,
    what_is_limited_holds_up_nothing_else,
);

/// How many run at once, at most; when each began.
#[derive(Clone, Default)]
struct Gauge(Arc<(AtomicUsize, AtomicUsize, Mutex<Vec<std::time::Instant>>)>);

impl Gauge {
    async fn run(&self) {
        let (now, most, begun) = &*self.0;
        begun.lock().unwrap().push(std::time::Instant::now());
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Long enough for the others to begin, if they may.
        tokio::time::sleep(Duration::from_millis(5)).await;
        now.fetch_sub(1, Ordering::SeqCst);
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

#[activity(needs(Gauge))]
async fn narrow(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Gauge>().run().await;
    Ok(())
}

#[activity(queue = "printer", needs(Gauge))]
async fn print(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Gauge>().run().await;
    Ok(())
}

#[activity(queue = "printer", needs(Gauge))]
async fn staple(ctx: &ActivityContext) -> Result<()> {
    ctx.data::<Gauge>().run().await;
    Ok(())
}

#[activity]
async fn free() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn many_narrow(ctx: &OrchestrationContext, n: u32) -> Result<()> {
    durable::try_join_all((0..n).map(|_| ctx.call(narrow()))).await?;
    Ok(())
}

#[orchestrator]
async fn print_and_staple(ctx: &OrchestrationContext, n: u32) -> Result<()> {
    let prints = durable::try_join_all((0..n).map(|_| ctx.call(print())));
    let staples = durable::try_join_all((0..n).map(|_| ctx.call(staple())));
    let (prints, staples) = durable::join!(prints, staples);
    prints?;
    staples?;
    Ok(())
}

#[orchestrator]
async fn one_free(ctx: &OrchestrationContext) -> Result<()> {
    Ok(ctx.call(free()).await?)
}

fn worker(hub: &Hub, gauge: &Gauge) -> WorkerBuilder {
    let definitions = [
        narrow::definition(),
        print::definition(),
        staple::definition(),
        free::definition(),
        many_narrow::definition(),
        print_and_staple::definition(),
        one_free::definition(),
    ];
    definitions.into_iter().fold(hub.worker().data(gauge.clone()), |w, d| w.register(d))
}

async fn an_activity_has_its_own_limit(hub: Hub) {
    let gauge = Gauge::default();
    let worker = worker(&hub, &gauge).limit(Limit::activity("narrow").concurrency(3)).start().await.unwrap();
    worker.client().start(many_narrow(20)).await.unwrap().result().await.unwrap();
    assert_eq!(gauge.most(), 3);
}

async fn a_queue_is_limited_as_one(hub: Hub) {
    let gauge = Gauge::default();
    let worker = worker(&hub, &gauge).limit(Limit::queue("printer").concurrency(2)).start().await.unwrap();
    worker.client().start(print_and_staple(10)).await.unwrap().result().await.unwrap();
    assert_eq!(gauge.most(), 2);
}

async fn a_rate_spaces_beginnings_evenly(hub: Hub) {
    let gauge = Gauge::default();
    let limit = Limit::activity("narrow").rate(100, Duration::from_secs(1));
    let worker = worker(&hub, &gauge).limit(limit).start().await.unwrap();
    worker.client().start(many_narrow(20)).await.unwrap().result().await.unwrap();
    let begun = gauge.0.2.lock().unwrap().clone();
    // 20 of them take 19 intervals of 10 ms at least, however slow the machine is.
    assert!(begun[19] - begun[0] >= Duration::from_millis(185), "{:?}", begun[19] - begun[0]);
}

async fn what_is_limited_holds_up_nothing_else(hub: Hub) {
    let gauge = Gauge::default();
    let limit = Limit::activity("narrow").rate(1, Duration::from_secs(3600));
    let worker = worker(&hub, &gauge).limit(limit).start().await.unwrap();
    let client = worker.client();
    let slow = client.start(many_narrow(2_000)).await.unwrap();
    client.start(one_free()).await.unwrap().result().await.unwrap();
    client.instance(slow.id()).terminate("seen enough").await.unwrap();
    slow.result().await.unwrap_err();
    assert_eq!(gauge.most(), 1);
}

#[tokio::test]
async fn a_limit_on_nothing_is_an_error_at_start() {
    let check = async |limit: Limit, says: &str| {
        let started = worker(&Hub::memory(), &Gauge::default()).limit(limit).start().await;
        let Err(StartError::Limit(e)) = started else { panic!("{started:?}") };
        assert!(e.to_string().contains(says), "{e}");
    };
    check(Limit::activity("narow").concurrency(1), "narow").await;
    check(Limit::queue("printers").concurrency(1), "printers").await;
    check(Limit::activity("narrow"), "limits nothing").await;
    check(Limit::activity("narrow").concurrency(0), "at least 1").await;
}
