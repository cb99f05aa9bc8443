//! A task hub on one of the stores.

use std::sync::Arc;
use std::time::Duration;

use durable::store::{InstanceRecord, Store};
use durable::{Client, InstanceId, MemoryStore, SqliteStore, Worker, WorkerBuilder};

/// Longer than any test takes on a busy machine: what reaches it hangs.
const HANGS: Duration = Duration::from_secs(40);

#[derive(Clone)]
pub(crate) struct Hub {
    store: Arc<dyn Store>,
    file: Option<Arc<tempfile::TempDir>>,
}

impl Hub {
    pub(crate) fn memory() -> Self {
        Self { store: Arc::new(MemoryStore::new()), file: None }
    }

    pub(crate) async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("hub.db")).await.unwrap();
        Self { store: Arc::new(store), file: Some(Arc::new(directory)) }
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// The same hub as another process sees it: another store object on the same file.
    pub(crate) async fn elsewhere(&self) -> Arc<dyn Store> {
        match &self.file {
            Some(directory) => Arc::new(SqliteStore::open(directory.path().join("hub.db")).await.unwrap()),
            None => self.store.clone(),
        }
    }

    pub(crate) fn worker(&self) -> WorkerBuilder {
        Worker::builder(self.store())
    }

    /// A client that knows of no worker.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.store())
    }

    pub(crate) async fn record(&self, id: impl AsRef<str>) -> InstanceRecord {
        let id = id.as_ref();
        self.store.instance(InstanceId::new(id).unwrap()).await.unwrap().unwrap_or_else(|| panic!("no instance {id}"))
    }

    /// Waits until the instance's row is so: for what no event tells.
    pub(crate) async fn until(&self, id: impl AsRef<str>, is_so: impl Fn(&InstanceRecord) -> bool) -> InstanceRecord {
        let id = id.as_ref();
        eventually(async || Some(self.record(id).await).filter(|r| is_so(r))).await
    }

    /// Waits until the orchestrator has said this as its custom status: what it decided in the
    /// same turn is recorded then.
    pub(crate) async fn says(&self, id: impl AsRef<str>, what: &str) {
        let expected = durable::Payload::encode(what).unwrap();
        self.until(id, |r| r.custom_status.as_ref() == Some(&expected)).await;
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs a test on a hub, and looks at what it left behind.
pub(crate) async fn run_test<F: Future<Output = ()>>(hub: Hub, test: impl FnOnce(Hub) -> F) {
    let test = Box::pin(test(hub.clone()));
    tokio::time::timeout(HANGS, test).await.expect("the test hangs");
    crate::common::check::check(&*hub.store()).await;
    at_rest_and_clean(&*hub.store()).await;
}

/// The checker finds nothing. A worker that was dropped may still be on its way out, and a
/// reader sees it leave.
async fn at_rest_and_clean(store: &dyn Store) {
    const LOOKS: u32 = 40;
    for _ in 1..LOOKS {
        if durable_testkit::checker::check(store, None).await.unwrap().is_clean() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    durable_testkit::checker::check(store, None).await.unwrap().assert_clean();
}
