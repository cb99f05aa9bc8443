//! Code that does not fit the history parks the instance: visibly, with nothing written, until
//! it is fixed.

use std::sync::atomic::{AtomicU32, Ordering};

use durable::history::History;
use durable::prelude::*;
use durable::{BoxFuture, DurableFuture, Registration, Worker};

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    an_unknown_orchestrator_parks_and_goes_on_when_it_is_known,
    an_unknown_activity_parks_and_goes_on_when_it_is_known,
    changed_code_parks_with_expected_and_actual_and_goes_on_when_it_is_fixed,
    an_orchestrator_that_panics_only_now_parks,
    a_foreign_await_parks_with_a_clear_message,
    a_foreign_await_after_a_step_parks_and_goes_on_when_it_is_fixed,
    nondeterminism_is_found_on_the_first_run,
    what_is_parked_harms_nobody_else,
);

#[activity(needs(Probe))]
async fn open(ctx: &ActivityContext, door: &str) -> Result<String> {
    let probe = ctx.data::<Probe>();
    probe.note(format!("began {door}"));
    probe.seen(&format!("open {door}")).await;
    Ok(format!("{door} is open"))
}

#[activity]
async fn other(door: &str) -> Result<String> {
    Ok(format!("{door} is something else"))
}

/// The code as it was, and what became of it.
mod was {
    use super::*;
    #[orchestrator(name = "evolving")]
    pub(super) async fn evolving(ctx: &OrchestrationContext, first: String) -> Result<String> {
        let a = ctx.call(open(&first)).await?;
        Ok(format!("{a}, {}", ctx.call(open("second")).await?))
    }
}

macro_rules! versions {
    ($($module:ident($ctx:ident, $first:ident: $input:ty) { $($body:tt)* })*) => { $(
        mod $module {
            #[allow(unused_imports)]
            use super::*;
            #[orchestrator(name = "evolving")]
            pub(super) async fn evolving($ctx: &OrchestrationContext, $first: $input) -> Result<String> { $($body)* }
        }
    )* };
}

versions! {
    another_activity(ctx, first: String) { Ok(ctx.call(other(&first)).await?) }
    another_argument(ctx, first: String) { Ok(ctx.call(open(&format!("new {first}"))).await?) }
    another_option(ctx, first: String) { Ok(ctx.call(open(&first).timeout(std::time::Duration::from_secs(9))).await?) }
    another_kind(ctx, first: String) { ctx.timer(std::time::Duration::from_secs(3600)).await; Ok(first) }
    one_more(ctx, first: String) {
        let (a, b) = (ctx.call(open(&first)), ctx.call(open("extra")));
        Ok(a.await? + &b.await?)
    }
    nothing_at_all(_ctx, first: String) { Ok(first) }
    another_input(_ctx, first: (u32, u32)) { Ok(first.0.to_string()) }
    panics(_ctx, first: String) { panic!("the new code cannot bear {first}") }
}

async fn serve(hub: &Hub, probe: &Probe, definitions: impl IntoIterator<Item = Registration>) -> Worker {
    let worker = hub.worker().data(probe.clone());
    definitions.into_iter().fold(worker, |w, d| w.register(d)).start().await.unwrap()
}

fn evolving_as_it_was() -> [Registration; 3] {
    [was::evolving::definition(), open::definition(), other::definition()]
}

/// Starts the old code and stops the worker while the first door is not open yet.
async fn begin(hub: &Hub, probe: &Probe, id: &str) -> History {
    let worker = serve(hub, probe, evolving_as_it_was()).await;
    let run = worker.client().start(was::evolving("first".into()).instance_id(id)).await.unwrap();
    probe.seen("began first").await;
    let history = run.history().await.unwrap();
    worker.shutdown_within(std::time::Duration::ZERO).await.unwrap();
    history
}

async fn finish(hub: &Hub, probe: &Probe, id: &str) {
    let worker = serve(hub, probe, evolving_as_it_was()).await;
    probe.note("open first");
    probe.note("open second");
    let result = worker.client().instance(id).result::<was::evolving>().await.unwrap();
    assert_eq!(result, "first is open, second is open");
    worker.shutdown().await.unwrap();
}

/// Runs this code on what the old code began; it must park with these words, write nothing, and
/// go on with the old code.
async fn parks(hub: &Hub, changed: Registration, words: &[&str]) {
    let (probe, id) = (Probe::default(), "changed");
    let before = begin(hub, &probe, id).await;
    let worker = serve(hub, &probe, [changed, open::definition(), other::definition()]).await;
    let parked = hub.until(id, |r| r.status == Status::Parked).await;
    let reason = parked.parked_reason.unwrap();
    for word in words {
        assert!(reason.contains(word), "{word:?} is not in:\n{reason}");
    }
    assert_eq!(parked.owner, None);
    let client = worker.client();
    let status = client.instance(id).status().await.unwrap();
    assert_eq!((status.status, status.parked_reason), (Status::Parked, Some(reason)));
    assert_eq!(client.instance(id).history().await.unwrap(), before, "nothing is written");
    worker.shutdown().await.unwrap();
    finish(hub, &probe, id).await;
}

async fn changed_code_parks_with_expected_and_actual_and_goes_on_when_it_is_fixed(hub: Hub) {
    let recorded = r#"recorded: #0: call activity `open` with ["first"]"#;
    for (changed, words) in [
        (another_activity::evolving::definition(), [recorded, r#"code now: #0: call activity `other` with ["first"]"#]),
        (
            another_argument::evolving::definition(),
            [recorded, r#"code now: #0: call activity `open` with ["new first"]"#],
        ),
        (another_option::evolving::definition(), [recorded, "timeout"]),
        (another_kind::evolving::definition(), [recorded, "code now: #0: timer at"]),
        (
            one_more::evolving::definition(),
            ["recorded: nothing more", r#"code now: #1: call activity `open` with ["extra"]"#],
        ),
        (nothing_at_all::evolving::definition(), [recorded, r#"code now: complete with "first""#]),
        (another_input::evolving::definition(), [recorded, "does not fit its parameters"]),
    ] {
        parks(&hub, changed, &words).await;
    }
}

async fn an_orchestrator_that_panics_only_now_parks(hub: Hub) {
    parks(&hub, panics::evolving::definition(), &["panics while it repeats its history", "cannot bear first"]).await;
}

async fn an_unknown_orchestrator_parks_and_goes_on_when_it_is_known(hub: Hub) {
    let probe = Probe::default();
    let worker = serve(&hub, &probe, [open::definition(), simple::definition()]).await;
    // Started through this worker and, as from another process, through the store.
    for (id, client) in [("here", worker.client()), ("elsewhere", hub.client())] {
        client.start(was::evolving("first".into()).instance_id(id)).await.unwrap();
        let parked = hub.until(id, |r| r.status == Status::Parked).await;
        let reason = parked.parked_reason.unwrap();
        assert!(reason.contains("`evolving`") && reason.contains("simple"), "{reason}");
        assert_eq!(client.instance(id).history().await.unwrap().turns, [], "nothing is written");
    }
    // Beside the one that does not know it.
    let knows = serve(&hub, &probe, evolving_as_it_was()).await;
    probe.note("open first");
    probe.note("open second");
    for id in ["here", "elsewhere"] {
        let result = hub.client().instance(id).result::<was::evolving>().await.unwrap();
        assert_eq!(result, "first is open, second is open");
    }
    worker.shutdown().await.unwrap();
    knows.shutdown().await.unwrap();
}

async fn an_unknown_activity_parks_and_goes_on_when_it_is_known(hub: Hub) {
    let probe = Probe::default();
    let worker = serve(&hub, &probe, [was::evolving::definition(), other::definition()]).await;
    worker.client().start(was::evolving("first".into()).instance_id("no-code")).await.unwrap();
    let parked = hub.until("no-code", |r| r.status == Status::Parked).await;
    let reason = parked.parked_reason.unwrap();
    assert!(reason.contains("activity `open`") && reason.contains("other"), "{reason}");
    worker.shutdown().await.unwrap();
    finish(&hub, &probe, "no-code").await;
}

#[orchestrator]
async fn simple(_ctx: &OrchestrationContext) -> Result<u32> {
    Ok(7)
}

async fn what_is_parked_harms_nobody_else(hub: Hub) {
    let worker = serve(&hub, &Probe::default(), [simple::definition()]).await;
    for n in 0..20 {
        let client = if n % 2 == 0 { worker.client() } else { hub.client() };
        client.start(was::evolving("first".into()).instance_id(format!("parked-{n}"))).await.unwrap();
        assert_eq!(client.start(simple()).await.unwrap().result().await.unwrap(), 7);
    }
    for n in 0..20 {
        hub.until(format!("parked-{n}"), |r| r.status == Status::Parked).await;
    }
    worker.shutdown().await.unwrap();
}

/// A foreign future that passes for a durable one: the gate is on types, and this lies about its.
struct Smuggled<F>(std::pin::Pin<Box<F>>);

impl<F: Future> Future for Smuggled<F> {
    type Output = F::Output;
    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<F::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<F: Future> DurableFuture for Smuggled<F> {}

fn foreign() -> BoxFuture<'static, u32> {
    Smuggled(Box::pin(std::future::pending())).boxed()
}

#[orchestrator]
async fn awaits_foreign(_ctx: &OrchestrationContext) -> Result<u32> {
    Ok(foreign().await)
}

async fn a_foreign_await_parks_with_a_clear_message(hub: Hub) {
    let worker = serve(&hub, &Probe::default(), [awaits_foreign::definition()]).await;
    for (id, client) in [("here", worker.client()), ("elsewhere", hub.client())] {
        // Where it parks at its very first turn, the start itself is none the worse.
        client.start(awaits_foreign().instance_id(id)).await.unwrap();
        let parked = hub.until(id, |r| r.status == Status::Parked).await;
        let reason = parked.parked_reason.unwrap();
        assert!(reason.contains("awaits something that is not a durable operation"), "{reason}");
        assert!(reason.contains("turn at event 0"), "{reason}");
        assert_eq!(client.instance(id).history().await.unwrap().turns, []);
    }
    worker.shutdown().await.unwrap();
}

mod foreign_later {
    use super::*;
    #[orchestrator(name = "evolving")]
    pub(super) async fn evolving(ctx: &OrchestrationContext, first: String) -> Result<String> {
        let a = ctx.call(open(&first)).await?;
        foreign().await;
        Ok(a)
    }
}

async fn a_foreign_await_after_a_step_parks_and_goes_on_when_it_is_fixed(hub: Hub) {
    let probe = Probe::default();
    let worker = serve(&hub, &probe, [foreign_later::evolving::definition(), open::definition()]).await;
    worker.client().start(foreign_later::evolving("first".into()).instance_id("later")).await.unwrap();
    probe.note("open first");
    let parked = hub.until("later", |r| r.status == Status::Parked).await;
    assert!(parked.parked_reason.unwrap().contains("not a durable operation"));
    let history = worker.client().instance("later").history().await.unwrap();
    assert_eq!(history.turns.len(), 1, "the turn that does not come to rest is not written\n{history}");
    worker.shutdown().await.unwrap();
    finish(&hub, &probe, "later").await;
}

static RUNS: AtomicU32 = AtomicU32::new(0);

#[orchestrator]
async fn counts_its_runs(ctx: &OrchestrationContext) -> Result<String> {
    let run = durable::trust!("the mistake under test", RUNS.fetch_add(1, Ordering::Relaxed));
    Ok(ctx.call(other(&format!("run {run}"))).await?)
}

async fn nondeterminism_is_found_on_the_first_run(hub: Hub) {
    let definitions = [counts_its_runs::definition(), other::definition()];
    let worker =
        definitions.into_iter().fold(hub.worker().double_run(true), |w, d| w.register(d)).start().await.unwrap();
    worker.client().start(counts_its_runs().instance_id("counts")).await.unwrap();
    let parked = hub.until("counts", |r| r.status == Status::Parked).await;
    let reason = parked.parked_reason.unwrap();
    for words in [
        "nondeterminism",
        "recorded: #0: call activity `other` with [\"run ",
        "code now: #0: call activity `other` with [\"run ",
    ] {
        assert!(reason.contains(words), "{reason}");
    }
    worker.shutdown().await.unwrap();
}
