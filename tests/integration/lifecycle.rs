//! Suspend, resume, terminate, scheduled starts: what clients do to an instance from outside.

use std::time::{Duration, SystemTime};

use durable::history::Event;
use durable::prelude::*;
use durable::{InstanceHandle, Timestamp};

use crate::common::{Hub, Probe, eventually, on_each_store};

on_each_store!(
    a_suspended_instance_takes_messages_and_decides_nothing,
    a_suspended_instance_stays_suspended_over_a_restart,
    a_retry_whose_delay_ends_while_suspended_waits_for_the_resume,
    suspending_twice_and_resuming_what_runs_change_nothing,
    terminate_while_an_activity_runs_shows_it_its_token_and_discards_its_result,
    terminate_ends_a_suspended_instance,
    terminate_ends_an_instance_that_nobody_can_run,
    terminate_ends_an_instance_that_is_parked_for_changed_code,
    of_terminate_and_completion_one_wins,
    a_scheduled_start_begins_at_its_time_and_not_before,
    a_scheduled_start_that_was_terminated_before_its_time_does_nothing,
    started_is_told_when_a_worker_has_begun,
);

const NEVER: Duration = Duration::from_secs(3600);

#[activity(needs(Probe))]
async fn wait_for(ctx: &ActivityContext, note: &str) -> Result<String> {
    ctx.data::<Probe>().note(format!("{note} runs"));
    ctx.data::<Probe>().seen(note).await;
    Ok(note.to_owned())
}

#[orchestrator]
async fn two_steps(ctx: &OrchestrationContext) -> Result<(String, String, u64)> {
    let first = ctx.call(wait_for("first")).await?;
    let second = ctx.call(wait_for("second")).await?;
    Ok((first, second, ctx.event::<u64>("go").await))
}

async fn worker(hub: &Hub, probe: &Probe) -> Worker {
    let worker = hub.worker().data(probe.clone()).register(wait_for::definition()).register(two_steps::definition());
    worker.start().await.unwrap()
}

/// Waits until so many events of a kind are recorded.
async fn recorded(instance: &InstanceHandle, count: usize, is_it: impl Fn(&Event) -> bool) {
    let is_there = async || {
        let history = instance.history().await.unwrap();
        (history.events().filter(|e| is_it(&e.event)).count() >= count).then_some(())
    };
    eventually(is_there).await;
}

fn is_result(e: &Event) -> bool {
    matches!(e, Event::TaskCompleted { .. })
}

async fn a_suspended_instance_takes_messages_and_decides_nothing(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    probe.seen("first runs").await;
    run.instance().suspend("hold").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Suspended).await;
    probe.note("first");
    run.instance().raise("go", &7).await.unwrap();
    recorded(run.instance(), 1, is_result).await;
    recorded(run.instance(), 1, |e| matches!(e, Event::EventRaised { .. })).await;
    let history = run.history().await.unwrap();
    let since = history.turns.iter().skip_while(|t| !t.messages.iter().any(|m| matches!(m, Event::Suspended { .. })));
    assert_eq!(since.map(|t| t.decisions.len()).sum::<usize>(), 0, "\n{history}");
    assert_eq!(run.status().await.unwrap().status, Status::Suspended);

    probe.note("second");
    run.instance().resume("go on").await.unwrap();
    assert_eq!(run.result().await.unwrap(), ("first".into(), "second".into(), 7));
    worker.shutdown().await.unwrap();
}

async fn a_suspended_instance_stays_suspended_over_a_restart(hub: Hub) {
    let probe = Probe::default();
    let first = worker(&hub, &probe).await;
    let run = first.client().start(two_steps().instance_id("held")).await.unwrap();
    probe.seen("first runs").await;
    run.instance().suspend("hold").await.unwrap();
    hub.until("held", |r| r.status == Status::Suspended).await;
    first.shutdown_within(Duration::ZERO).await.unwrap();

    probe.note("first");
    probe.note("second");
    let second = worker(&hub, &probe).await;
    let held = second.client().instance("held");
    held.raise("go", &1).await.unwrap();
    // The activity that the first worker could not finish runs; what follows does not.
    recorded(&held, 1, is_result).await;
    assert_eq!(held.status().await.unwrap().status, Status::Suspended);
    assert_eq!(probe.count("second runs"), 0);
    held.resume("go on").await.unwrap();
    assert_eq!(held.result::<two_steps>().await.unwrap().2, 1);
    second.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn second_time(ctx: &ActivityContext) -> Result<u32> {
    ctx.data::<Probe>().note(format!("attempt {}", ctx.attempt()));
    if ctx.attempt() == 1 { Err(durable::Error::msg("not yet")) } else { Ok(ctx.attempt()) }
}

#[orchestrator]
async fn tries_again(ctx: &OrchestrationContext) -> Result<u32> {
    // Long enough to suspend it meanwhile.
    Ok(ctx.call(second_time().retry(RetryPolicy::fixed(2, Duration::from_secs(1)))).await?)
}

async fn a_retry_whose_delay_ends_while_suspended_waits_for_the_resume(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(second_time::definition());
    let worker = worker.register(tries_again::definition()).start().await.unwrap();
    let run = worker.client().start(tries_again()).await.unwrap();
    recorded(run.instance(), 1, |e| matches!(e, Event::TimerCreated { .. })).await;
    run.instance().suspend("hold").await.unwrap();
    recorded(run.instance(), 1, |e| matches!(e, Event::TimerFired { .. })).await;
    assert_eq!(run.status().await.unwrap().status, Status::Suspended);
    assert_eq!(probe.notes(), ["attempt 1"]);
    run.instance().resume("go on").await.unwrap();
    assert_eq!(run.result().await.unwrap(), 2);
    worker.shutdown().await.unwrap();
}

async fn suspending_twice_and_resuming_what_runs_change_nothing(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    let instance = run.instance();
    instance.resume("it runs").await.unwrap();
    for _ in 0..2 {
        instance.suspend("hold").await.unwrap();
    }
    hub.until(run.id(), |r| r.status == Status::Suspended).await;
    // One resume is enough.
    instance.resume("go on").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Running).await;
    instance.resume("it runs").await.unwrap();
    instance.raise("go", &1).await.unwrap();
    probe.note("first");
    probe.note("second");
    assert_eq!(run.result().await.unwrap().2, 1);
    worker.shutdown().await.unwrap();
}

/// Does not mind being cancelled, and returns a value all the same.
#[activity(needs(Probe))]
async fn stubborn(ctx: &ActivityContext) -> Result<u32> {
    let probe = ctx.data::<Probe>();
    probe.note("runs");
    ctx.cancelled().await;
    probe.note("saw the token");
    probe.seen("finish").await;
    probe.note("finished");
    Ok(7)
}

#[orchestrator]
async fn calls_stubborn(ctx: &OrchestrationContext) -> Result<u32> {
    let _timer = ctx.timer(NEVER);
    Ok(ctx.call(stubborn()).await?)
}

async fn terminate_while_an_activity_runs_shows_it_its_token_and_discards_its_result(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(stubborn::definition());
    let worker = worker.register(calls_stubborn::definition()).start().await.unwrap();
    let run = worker.client().start(calls_stubborn()).await.unwrap();
    probe.seen("runs").await;
    hub.client().instance(run.id()).terminate("enough").await.unwrap();
    assert!(matches!(run.result().await, Err(RunError::Ended(CallError::Terminated(why))) if why.contains("enough")));
    probe.seen("saw the token").await;
    let before = run.history().await.unwrap();
    probe.note("finish");
    probe.seen("finished").await;
    worker.shutdown().await.unwrap();
    let history = run.history().await.unwrap();
    assert_eq!(before, history, "the result is discarded");
    assert!(!history.events().any(|e| is_result(&e.event)), "\n{history}");
    assert!(history.events().any(|e| matches!(e.event, Event::TaskCanceled { .. })), "\n{history}");
    assert!(history.events().any(|e| matches!(e.event, Event::TimerCanceled { .. })), "\n{history}");
    let status = run.status().await.unwrap();
    assert_eq!((status.status, status.result.unwrap().is_err()), (Status::Terminated, true));
}

async fn terminate_ends_a_suspended_instance(hub: Hub) {
    let probe = Probe::default();
    let worker = worker(&hub, &probe).await;
    let run = worker.client().start(two_steps()).await.unwrap();
    run.instance().suspend("hold").await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Suspended).await;
    run.instance().terminate("enough").await.unwrap();
    assert!(matches!(run.result().await, Err(RunError::Ended(CallError::Terminated(_)))));
    // So that the shutdown need not wait for the activity.
    probe.note("first");
    worker.shutdown().await.unwrap();
}

async fn terminate_ends_an_instance_that_nobody_can_run(hub: Hub) {
    let worker = hub.worker().register(tries_again::definition()).start().await.unwrap();
    let run = worker.client().start(two_steps()).await.unwrap();
    hub.until(run.id(), |r| r.status == Status::Parked).await;
    run.instance().terminate("nobody will").await.unwrap();
    assert!(matches!(run.result().await, Err(RunError::Ended(CallError::Terminated(_)))));
    assert_eq!(run.status().await.unwrap().parked_reason, None);
    worker.shutdown().await.unwrap();
}

#[orchestrator(name = "two_steps")]
async fn other_steps(ctx: &OrchestrationContext) -> Result<(String, String, u64)> {
    ctx.timer(NEVER).await;
    Err(durable::Error::msg("another orchestrator of that name"))
}

async fn terminate_ends_an_instance_that_is_parked_for_changed_code(hub: Hub) {
    let probe = Probe::default();
    let first = worker(&hub, &probe).await;
    first.client().start(two_steps().instance_id("old")).await.unwrap();
    probe.seen("first runs").await;
    first.shutdown_within(Duration::ZERO).await.unwrap();

    let worker = hub.worker().register(other_steps::definition()).start().await.unwrap();
    hub.until("old", |r| r.status == Status::Parked).await;
    let old = worker.client().instance("old");
    old.terminate("it never fits").await.unwrap();
    assert!(matches!(old.result::<two_steps>().await, Err(RunError::Ended(CallError::Terminated(_)))));
    let history = old.history().await.unwrap();
    assert!(history.events().any(|e| matches!(e.event, Event::TaskCanceled { .. })), "\n{history}");
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn waits_once(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(ctx.event::<u64>("go").await)
}

async fn of_terminate_and_completion_one_wins(hub: Hub) {
    let worker = hub.worker().register(waits_once::definition()).start().await.unwrap();
    let client = worker.client();
    for _ in 0..20 {
        let run = client.start(waits_once()).await.unwrap();
        let elsewhere = hub.client().instance(run.id());
        let (raised, terminated) = tokio::join!(run.instance().raise("go", &7), elsewhere.terminate("enough"));
        assert!(raised.is_ok() || terminated.is_ok());
        let result = run.result().await;
        assert!(matches!(result, Ok(7) | Err(RunError::Ended(CallError::Terminated(_)))), "{result:?}");
        assert_eq!(run.status().await.unwrap().status == Status::Completed, result.is_ok());
    }
    worker.shutdown().await.unwrap();
}

#[orchestrator]
async fn began_at(ctx: &OrchestrationContext) -> Result<(Timestamp, u64)> {
    Ok((ctx.now(), ctx.event::<u64>("go").await))
}

async fn a_scheduled_start_begins_at_its_time_and_not_before(hub: Hub) {
    let worker = hub.worker().register(began_at::definition()).start().await.unwrap();
    for client in [worker.client(), hub.client()] {
        let at = Timestamp::from(SystemTime::now()) + Duration::from_millis(300);
        let run = client.start(began_at().start_at(at)).await.unwrap();
        // It takes messages before its time, and they do not wake it.
        run.instance().raise("go", &7).await.unwrap();
        let (began, event) = run.result().await.unwrap();
        assert!(began >= at, "{began} is before {at}");
        assert_eq!(event, 7);
    }
    // A time that has passed is as good as none.
    let run = worker.client().start(began_at().start_at(Timestamp::MIN)).await.unwrap();
    run.instance().raise("go", &8).await.unwrap();
    assert_eq!(run.result().await.unwrap().1, 8);
    worker.shutdown().await.unwrap();
}

#[activity(needs(Probe))]
async fn note(ctx: &ActivityContext, text: &str) -> Result<()> {
    ctx.data::<Probe>().note(text);
    Ok(())
}

#[orchestrator]
async fn notes_at_once(ctx: &OrchestrationContext) -> Result<()> {
    Ok(ctx.call(note("it ran")).await?)
}

async fn a_scheduled_start_that_was_terminated_before_its_time_does_nothing(hub: Hub) {
    let probe = Probe::default();
    let worker = hub.worker().data(probe.clone()).register(note::definition());
    let worker = worker.register(notes_at_once::definition()).start().await.unwrap();
    let at = Timestamp::from(SystemTime::now()) + Duration::from_secs(3600);
    let run = worker.client().start(notes_at_once().start_at(at)).await.unwrap();
    run.instance().terminate("never mind").await.unwrap();
    assert!(matches!(run.result().await, Err(RunError::Ended(CallError::Terminated(_)))));
    worker.shutdown().await.unwrap();
    assert_eq!(probe.count("it ran"), 0);
}

async fn started_is_told_when_a_worker_has_begun(hub: Hub) {
    let run = hub.client().start(began_at()).await.unwrap();
    assert_eq!(run.status().await.unwrap().status, Status::Pending);
    let worker = hub.worker().register(began_at::definition()).start().await.unwrap();
    assert_eq!(run.instance().started().await.unwrap().status, Status::Running);
    run.instance().raise("go", &1).await.unwrap();
    run.result().await.unwrap();
    worker.shutdown().await.unwrap();
}
