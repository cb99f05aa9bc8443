//! Everything that a store shows.

use durable_core::history::{Event, PackedTurn};
use durable_core::store::{InboxMessage, InstanceRecord, Store, StoreError, WorkerRecord};
use durable_core::{ExecutionId, InstanceKey};

/// Instances read in one call.
const PAGE: usize = 500;

/// An instance: its row and its turns.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceState {
    /// Its row.
    pub record: InstanceRecord,
    /// The turns of its current execution, as they are stored.
    pub turns: Vec<PackedTurn>,
    /// Those of the executions that were kept.
    pub earlier: Vec<(ExecutionId, Vec<PackedTurn>)>,
}

impl InstanceState {
    async fn read(store: &dyn Store, record: InstanceRecord) -> Result<Self, StoreError> {
        let turns = store.history(record.key, record.execution).await?;
        let mut earlier = Vec::new();
        // There is nothing before the first one, which most instances are at.
        if record.execution > ExecutionId(0) {
            for execution in store.executions(record.key).await? {
                if execution != record.execution {
                    earlier.push((execution, store.history(record.key, execution).await?));
                }
            }
        }
        Ok(Self { record, turns, earlier })
    }
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
    /// Whether this instance is asked to go on after its end.
    pub(super) fn is_to_rewind(&self, key: InstanceKey) -> bool {
        self.inbox.iter().any(|m| m.to == key && matches!(m.message, Event::RewindRequested { .. }))
    }

    /// Whether a message waits for this instance.
    pub(super) fn has_mail(&self, key: InstanceKey) -> bool {
        self.inbox.iter().any(|m| m.to == key)
    }

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
                instances.push(InstanceState::read(store, record).await?);
            }
        }
        Ok(Self { workers: store.workers().await?, instances, inbox: store.inbox().await? })
    }
}
