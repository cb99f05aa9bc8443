//! What the tests have in common.

pub(crate) mod check;
pub(crate) mod hub;
pub(crate) mod probe;
pub(crate) mod random;
pub(crate) mod slow;

pub(crate) use hub::{Hub, eventually, run_test};
pub(crate) use probe::Probe;

/// Makes of each `async fn name(hub: Hub)` two tests: `memory::name` and `sqlite::name`.
macro_rules! on_each_store {
    ($($name:ident),+ $(,)?) => {
        mod memory { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { crate::common::run_test(crate::common::Hub::memory(), super::$name).await }
        )+ }
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { crate::common::run_test(crate::common::Hub::sqlite().await, super::$name).await }
        )+ }
    };
}
pub(crate) use on_each_store;
