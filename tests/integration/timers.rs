//! Durable timers: never early, asleep while they are long, awake when it is time.

use std::time::{Duration, SystemTime};

use durable::Timestamp;
use durable::prelude::*;

use crate::common::{Hub, on_each_store};

on_each_store!(
    a_timer_fires_and_not_early,
    a_timer_that_is_due_already_fires_at_once,
    an_instance_with_a_long_timer_sleeps,
    a_sleeping_instance_wakes_when_its_time_comes,
    a_sleeping_instance_is_woken_by_another_worker,
    timers_fire_in_the_order_of_their_times,
    a_timer_of_absurd_length_is_no_problem,
);

/// How long it slept by the recorded clock, in microseconds.
#[orchestrator]
async fn sleep(ctx: &OrchestrationContext, duration: Duration) -> Result<i64> {
    let before = ctx.now();
    ctx.timer(duration).await;
    Ok(ctx.now().unix_micros() - before.unix_micros())
}

fn micros(d: Duration) -> i64 {
    d.as_micros().try_into().unwrap()
}

async fn a_timer_fires_and_not_early(hub: Hub) {
    let worker = hub.worker().register(sleep::definition()).start().await.unwrap();
    for ms in [1, 7, 40, 90] {
        let duration = Duration::from_millis(ms);
        let began = SystemTime::now();
        let run = worker.client().start(sleep(duration)).await.unwrap();
        let slept = run.result().await.unwrap();
        assert!(slept >= micros(duration), "a timer of {duration:?} fired after {slept} µs");
        assert!(began.elapsed().unwrap() >= duration);
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn due_already(ctx: &OrchestrationContext) -> Result<()> {
    ctx.timer(Duration::ZERO).await;
    ctx.timer_at(ctx.now()).await;
    ctx.timer_at(Timestamp::from_unix_micros(-5)).await;
    ctx.timer_at(Timestamp::MIN).await;
    Ok(())
}

async fn a_timer_that_is_due_already_fires_at_once(hub: Hub) {
    let worker = hub.worker().register(due_already::definition()).start().await.unwrap();
    worker.client().start(due_already()).await.unwrap().result().await.unwrap();
    worker.shutdown().await.unwrap();
}

async fn an_instance_with_a_long_timer_sleeps(hub: Hub) {
    const MONTH: Duration = Duration::from_secs(30 * 86_400);
    let worker = hub.worker().register(sleep::definition()).start().await.unwrap();
    let run = worker.client().start(sleep(MONTH)).await.unwrap();
    let asleep = hub.until(run.id().as_str(), |r| r.owner.is_none()).await;
    assert_eq!(asleep.status, Status::Running);
    assert!(asleep.wake_at.unwrap() >= asleep.created_at + MONTH);
    worker.shutdown().await.unwrap();

    // A restart neither wakes it nor forgets it.
    let worker = hub.worker().register(sleep::definition()).start().await.unwrap();
    let other = worker.client().start(sleep(Duration::from_millis(1))).await.unwrap();
    other.result().await.unwrap();
    worker.shutdown().await.unwrap();
    let still = hub.record(run.id().as_str()).await;
    assert_eq!((still.owner, still.wake_at, still.status), (None, asleep.wake_at, Status::Running));
}

async fn a_sleeping_instance_wakes_when_its_time_comes(hub: Hub) {
    // Every timer is a long one here.
    let worker = hub.worker().register(sleep::definition()).timer_horizon(Duration::ZERO).start().await.unwrap();
    let duration = Duration::from_millis(300);
    let run = worker.client().start(sleep(duration)).await.unwrap();
    let slept = run.result().await.unwrap();
    assert!(slept >= micros(duration), "{slept}");
    worker.shutdown().await.unwrap();
}

async fn a_sleeping_instance_is_woken_by_another_worker(hub: Hub) {
    let worker = hub.worker().register(sleep::definition()).timer_horizon(Duration::ZERO).start().await.unwrap();
    let duration = Duration::from_millis(300);
    worker.client().start(sleep(duration).instance_id("sleeper")).await.unwrap();
    worker.shutdown().await.unwrap();
    let worker = hub.worker().register(sleep::definition()).start().await.unwrap();
    let slept = worker.client().instance("sleeper").result::<sleep>().await.unwrap();
    assert!(slept >= micros(duration), "{slept}");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn in_order(ctx: &OrchestrationContext) -> Result<Vec<u64>> {
    let order = std::cell::RefCell::new(Vec::new());
    let wait = |ms: u64| {
        let (timer, order) = (ctx.timer(Duration::from_millis(ms)), &order);
        async move {
            timer.await;
            order.borrow_mut().push(ms);
        }
    };
    let timers = [30, 10, 40, 20, 50].map(wait);
    durable::join_all(timers).await;
    Ok(order.into_inner())
}

async fn timers_fire_in_the_order_of_their_times(hub: Hub) {
    let worker = hub.worker().register(in_order::definition()).start().await.unwrap();
    let order = worker.client().start(in_order()).await.unwrap().result().await.unwrap();
    assert_eq!(order, [10, 20, 30, 40, 50]);
    worker.shutdown().await.unwrap();
}

async fn a_timer_of_absurd_length_is_no_problem(hub: Hub) {
    let worker = hub.worker().register(sleep::definition()).start().await.unwrap();
    let run = worker.client().start(sleep(Duration::MAX)).await.unwrap();
    let asleep = hub.until(run.id().as_str(), |r| r.owner.is_none()).await;
    assert_eq!(asleep.wake_at, Some(Timestamp::MAX));
    worker.shutdown().await.unwrap();
}
