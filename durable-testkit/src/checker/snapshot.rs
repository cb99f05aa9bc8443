//! Everything that a store shows.

use durable_core::InstanceKey;
use durable_core::history::PackedTurn;
use durable_core::store::{InboxMessage, InstanceRecord, Store, StoreError, WorkerRecord};

/// Instances read in one call.
const PAGE: usize = 500;

/// An instance: its row and the turns of its current execution.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// Its row.
    pub record: InstanceRecord,
    /// Its turns, as they are stored.
    pub turns: Vec<PackedTurn>,
}

/// Everything that a store shows, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Its workers.
    pub workers: Vec<WorkerRecord>,
    /// Its instances, in order of key.
    pub instances: Vec<InstanceState>,
    /// Its messages, in order of arrival.
    pub inbox: Vec<InboxMessage>,
}

impl Snapshot {
    /// Reads all of a store.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let mut instances = Vec::new();
        let mut after = InstanceKey(i64::MIN);
        loop {
            let page = store.instances(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.key;
            for record in page {
                let turns = store.history(record.key, record.execution).await?;
                instances.push(InstanceState { record, turns });
            }
        }
        Ok(Self { workers: store.workers().await?, instances, inbox: store.inbox().await? })
    }
}
