//! Changed code while instances run: versions side by side, and patches in place.

use durable::history::Event;
use durable::prelude::*;

use crate::common::{Hub, Probe, on_each_store};

on_each_store!(
    an_instance_keeps_the_version_it_began_with,
    a_version_that_no_worker_has_waits_for_one_that_has,
    continue_as_new_may_switch_the_version,
    a_child_is_started_in_the_version_that_is_called,
    a_patch_is_taken_by_new_instances_and_not_by_those_that_had_passed_it,
    a_patch_that_was_taken_stays_taken_over_a_restart,
);

#[activity(needs(Probe))]
async fn step(ctx: &ActivityContext, name: &str) -> Result<String> {
    ctx.data::<Probe>().note(name);
    Ok(name.to_owned())
}

mod unversioned {
    use super::*;

    #[orchestrator(name = "job")]
    pub(super) async fn job(ctx: &OrchestrationContext) -> Result<String> {
        ctx.event::<()>("go").await;
        Ok(format!("none, {:?}", ctx.version()))
    }
}

mod one {
    use super::*;

    #[orchestrator(name = "job", version = "1")]
    pub(super) async fn job(ctx: &OrchestrationContext) -> Result<String> {
        ctx.event::<()>("go").await;
        Ok(format!("one, {:?}", ctx.version()))
    }

    /// Ends as the other version.
    #[orchestrator(name = "moves", version = "1")]
    pub(super) async fn moves(ctx: &OrchestrationContext) -> Result<String> {
        ctx.event::<()>("go").await;
        ctx.continue_as_new(two::job(ctx.version())).await
    }
}

mod two {
    use super::*;

    /// Another signature, another order: no history of version 1 fits.
    #[orchestrator(name = "job", version = "2")]
    pub(super) async fn job(ctx: &OrchestrationContext, was: &str) -> Result<String> {
        let step = ctx.call(step("two")).await?;
        Ok(format!("{step} after {was:?}, {:?}", ctx.version()))
    }
}

async fn an_instance_keeps_the_version_it_began_with(hub: Hub) {
    let probe = Probe::default();
    let old = hub.worker().register(one::job::definition()).register(unversioned::job::definition());
    let old = old.start().await.unwrap();
    old.client().start(one::job().instance_id("first")).await.unwrap();
    old.client().start(unversioned::job().instance_id("zeroth")).await.unwrap();
    old.shutdown().await.unwrap();

    let new = hub.worker().data(probe).register(step::definition()).register(one::job::definition());
    let new = new.register(two::job::definition()).register(unversioned::job::definition()).start().await.unwrap();
    let client = new.client();
    let second = client.start(two::job("nothing").instance_id("second")).await.unwrap();
    assert_eq!(second.result().await.unwrap(), "two after \"nothing\", \"2\"");
    for (id, expected, version) in [("first", "one, \"1\"", "1"), ("zeroth", "none, \"\"", "")] {
        client.instance(id).raise("go", &()).await.unwrap();
        assert_eq!(client.instance(id).result::<one::job>().await.unwrap(), expected);
        assert_eq!(client.instance(id).status().await.unwrap().version, version);
    }
    new.shutdown().await.unwrap();
}

async fn a_version_that_no_worker_has_waits_for_one_that_has(hub: Hub) {
    let old = hub.worker().register(one::job::definition()).start().await.unwrap();
    old.client().start(two::job("waiting").instance_id("early")).await.unwrap();
    let parked = hub.until("early", |r| r.status == Status::Parked).await;
    let reason = parked.parked_reason.unwrap();
    assert!(reason.contains("`job` version \"2\""), "{reason}");
    let new = hub.worker().data(Probe::default()).register(step::definition()).register(two::job::definition());
    let new = new.start().await.unwrap();
    assert_eq!(new.client().instance("early").result::<two::job>().await.unwrap(), "two after \"waiting\", \"2\"");
    old.shutdown().await.unwrap();
    new.shutdown().await.unwrap();
}

async fn continue_as_new_may_switch_the_version(hub: Hub) {
    // The worker that begins it has not the code it goes on with.
    let old = hub.worker().register(one::moves::definition()).start().await.unwrap();
    let run = old.client().start(one::moves().instance_id("mover")).await.unwrap();
    run.instance().raise("go", &()).await.unwrap();
    hub.until("mover", |r| r.version == "2").await;
    let new = hub.worker().data(Probe::default()).register(step::definition()).register(two::job::definition());
    let new = new.start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), "two after \"1\", \"2\"");
    old.shutdown().await.unwrap();
    new.shutdown().await.unwrap();
}

#[orchestrator]
async fn calls_both(ctx: &OrchestrationContext) -> Result<(String, String)> {
    let id = format!("{}-one", ctx.instance_id());
    let one = ctx.call(one::job().instance_id(id.clone()));
    ctx.send_event(id, "go", &())?;
    let two = ctx.call(two::job("a parent")).await?;
    Ok((one.await?, two))
}

async fn a_child_is_started_in_the_version_that_is_called(hub: Hub) {
    let worker = hub.worker().data(Probe::default()).register(step::definition()).register(calls_both::definition());
    let worker = worker.register(one::job::definition()).register(two::job::definition()).start().await.unwrap();
    let run = worker.client().start(calls_both()).await.unwrap();
    let (one, two) = run.result().await.unwrap();
    assert_eq!((one.as_str(), two.as_str()), ("one, \"1\"", "two after \"a parent\", \"2\""));
    worker.shutdown().await.unwrap();
}

mod before {
    use super::*;

    #[orchestrator(name = "patched-job")]
    pub(super) async fn patched_job(ctx: &OrchestrationContext) -> Result<Vec<String>> {
        let first = ctx.call(step("old first")).await?;
        ctx.event::<()>("go").await;
        Ok(vec![first, ctx.call(step("old second")).await?])
    }
}

mod after {
    use super::*;

    #[orchestrator(name = "patched-job")]
    pub(super) async fn patched_job(ctx: &OrchestrationContext) -> Result<Vec<String>> {
        let first = ctx.call(step(if ctx.patched("change") { "new first" } else { "old first" })).await?;
        ctx.event::<()>("go").await;
        Ok(vec![first, ctx.call(step(if ctx.patched("change") { "new second" } else { "old second" })).await?])
    }
}

async fn a_patch_is_taken_by_new_instances_and_not_by_those_that_had_passed_it(hub: Hub) {
    let probe = Probe::default();
    let old = hub.worker().data(probe.clone()).register(step::definition()).register(before::patched_job::definition());
    let old = old.start().await.unwrap();
    old.client().start(before::patched_job().instance_id("old")).await.unwrap();
    hub.until("old", |r| r.owner.is_none()).await;
    old.shutdown().await.unwrap();

    let new = hub.worker().data(probe).register(step::definition()).register(after::patched_job::definition());
    let new = new.start().await.unwrap();
    let client = new.client();
    client.start(after::patched_job().instance_id("new")).await.unwrap();
    for (id, way) in [("old", "old"), ("new", "new")] {
        client.instance(id).raise("go", &()).await.unwrap();
        let steps = client.instance(id).result::<after::patched_job>().await.unwrap();
        assert_eq!(steps, [format!("{way} first"), format!("{way} second")]);
        let history = client.instance(id).history().await.unwrap();
        let marks = history.events().filter(|e| matches!(e.event, Event::PatchApplied { .. })).count();
        assert_eq!(marks, usize::from(id == "new"), "\n{history}");
    }
    new.shutdown().await.unwrap();
}

async fn a_patch_that_was_taken_stays_taken_over_a_restart(hub: Hub) {
    let probe = Probe::default();
    let worker = || {
        let worker = hub.worker().data(probe.clone()).register(step::definition());
        worker.register(after::patched_job::definition())
    };
    let first = worker().start().await.unwrap();
    first.client().start(after::patched_job().instance_id("new")).await.unwrap();
    hub.until("new", |r| r.owner.is_none()).await;
    first.shutdown().await.unwrap();
    let second = worker().start().await.unwrap();
    second.client().instance("new").raise("go", &()).await.unwrap();
    let steps = second.client().instance("new").result::<after::patched_job>().await.unwrap();
    assert_eq!(steps, ["new first", "new second"]);
    second.shutdown().await.unwrap();
}
