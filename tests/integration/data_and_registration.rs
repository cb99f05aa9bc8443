//! What a worker is made of is checked when it starts.

use durable::prelude::*;
use durable::{Registry, RegistryError, StartError};

use crate::common::{Hub, on_each_store};

on_each_store!(
    missing_data_is_an_error_at_start,
    data_reaches_the_activities,
    two_definitions_of_one_name_are_an_error_that_names_both_places,
    the_same_definition_twice_is_no_error,
    versions_live_side_by_side,
);

struct Pool(&'static str);

#[activity(needs(Pool))]
async fn ask_pool(ctx: &ActivityContext) -> Result<String> {
    assert!(ctx.try_data::<u8>().is_none());
    Ok(ctx.data::<Pool>().0.to_owned())
}

#[orchestrator]
async fn ask(ctx: &OrchestrationContext) -> Result<String> {
    Ok(ctx.call(ask_pool()).await?)
}

async fn missing_data_is_an_error_at_start(hub: Hub) {
    let error = hub.worker().register(ask_pool::definition()).start().await.unwrap_err();
    assert!(matches!(error, StartError::MissingData { activity: "ask_pool", .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("ask_pool") && text.contains("Pool") && text.contains(".data(..)"), "{text}");
    // A worker that did not start is not entered.
    assert_eq!(hub.store().workers().await.unwrap(), []);
}

async fn data_reaches_the_activities(hub: Hub) {
    let worker = hub.worker().data(Pool("old")).data(Pool("new")).register(ask_pool::definition());
    let worker = worker.register(ask::definition()).start().await.unwrap();
    assert_eq!(worker.client().start(ask()).await.unwrap().result().await.unwrap(), "new");
    worker.shutdown().await.unwrap();
}

mod twins {
    use durable::prelude::*;

    pub(super) mod a {
        use super::*;
        pub(crate) const LINE: u32 = line!() + 2;
        #[activity]
        pub(crate) async fn twin() -> Result<()> {
            Ok(())
        }
    }
    pub(super) mod b {
        use super::*;
        pub(crate) const LINE: u32 = line!() + 2;
        #[activity(name = "twin")]
        pub(crate) async fn other_twin() -> Result<()> {
            Ok(())
        }
    }
    #[orchestrator(name = "twin")]
    pub(super) async fn no_twin(_ctx: &OrchestrationContext) -> Result<()> {
        Ok(())
    }
}

async fn two_definitions_of_one_name_are_an_error_that_names_both_places(hub: Hub) {
    use twins::{a, b, no_twin};
    let builder = hub.worker().register(a::twin::definition()).register(b::other_twin::definition());
    let error = builder.start().await.unwrap_err();
    let text = error.to_string();
    let place = |line: u32| format!("{}:{line}", file!());
    assert!(matches!(error, StartError::Registry(RegistryError::Duplicate { .. })), "{text}");
    assert!(text.contains("\"twin\"") && text.contains(&place(a::LINE)) && text.contains(&place(b::LINE)), "{text}");

    // An orchestrator and an activity may share a name.
    hub.worker().register(a::twin::definition()).register(no_twin::definition()).start().await.unwrap();

    // This binary has the twins in it, so taking everything that is annotated cannot work.
    let error = hub.worker().register_all().start().await.unwrap_err();
    assert!(matches!(error, StartError::Registry(RegistryError::Duplicate { .. })), "{error}");
}

async fn the_same_definition_twice_is_no_error(hub: Hub) {
    let mut registry = Registry::new();
    registry.add(ask_pool::definition()).unwrap();
    registry.add(ask::definition()).unwrap();
    let worker =
        hub.worker().data(Pool("one")).registry(registry).register(ask::definition()).register(ask_pool::definition());
    let worker = worker.start().await.unwrap();
    assert_eq!(worker.client().start(ask()).await.unwrap().result().await.unwrap(), "one");
    worker.shutdown().await.unwrap();
}

mod versions {
    use durable::prelude::*;

    #[orchestrator(name = "versioned")]
    pub(super) async fn none(ctx: &OrchestrationContext) -> Result<String> {
        Ok(format!("none {:?}", ctx.version()))
    }
    #[orchestrator(name = "versioned", version = "2")]
    pub(super) async fn two(ctx: &OrchestrationContext) -> Result<String> {
        Ok(format!("two {:?}", ctx.version()))
    }
}

async fn versions_live_side_by_side(hub: Hub) {
    use versions::{none, two};
    let worker = hub.worker().register(none::definition()).register(two::definition()).start().await.unwrap();
    let client = worker.client();
    assert_eq!(client.start(none()).await.unwrap().result().await.unwrap(), "none \"\"");
    assert_eq!(client.start(two()).await.unwrap().result().await.unwrap(), "two \"2\"");
    worker.shutdown().await.unwrap();

    // A version that no worker has waits for one that has it.
    let worker = hub.worker().register(none::definition()).start().await.unwrap();
    let run = worker.client().start(two()).await.unwrap();
    let parked = hub.until(run.id().as_str(), |r| r.status == Status::Parked).await;
    assert!(parked.parked_reason.unwrap().contains("version \"2\""));
    worker.shutdown().await.unwrap();
    let worker = hub.worker().register(two::definition()).start().await.unwrap();
    assert_eq!(run.result().await.unwrap(), "two \"2\"");
    worker.shutdown().await.unwrap();
}

#[test]
fn a_worker_needs_a_tokio_runtime() {
    let mut start = std::pin::pin!(Worker::builder(MemoryStore::new()).start());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match start.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(Err(StartError::NoRuntime)) => {}
        other => panic!("{other:?}"),
    }
}
