//! Purges, queries and figures, done wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use durable_core::history::PackedTurn;
use durable_core::store::{InstancePage, InstanceQuery, InstanceRecord, StoreError, StoreStatistics};
use durable_core::{ExecutionId, InstanceId, InstanceKey, Timestamp};

use super::{PlantedBug, Tampered};

/// What a purge has done wrong.
#[derive(Default)]
pub(super) struct Purged {
    /// Turns that are still there.
    turns: BTreeMap<(InstanceKey, ExecutionId), Vec<PackedTurn>>,
    /// Instances that are not there any more.
    running: BTreeSet<InstanceKey>,
}

impl Tampered {
    fn purged(&self) -> MutexGuard<'_, Purged> {
        self.purged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn tampered_purge(&self, instances: Vec<(InstanceKey, ExecutionId)>) -> Result<u64, StoreError> {
        let mut taken = 0;
        for (key, execution) in &instances {
            let row = self.inner.instances(InstanceKey(key.0 - 1), 1).await?.pop();
            let Some(row) = row.filter(|r| r.key == *key && r.execution == *execution) else { continue };
            match self.bug {
                PlantedBug::TurnsLeftBehind => {
                    for execution in self.inner.executions(*key).await? {
                        let turns = self.inner.history(*key, execution).await?;
                        self.purged().turns.insert((*key, execution), turns);
                    }
                }
                PlantedBug::PurgesTheRunning if !row.status.is_finished() => {
                    taken += u64::from(self.purged().running.insert(*key));
                }
                _ => {}
            }
        }
        Ok(self.inner.purge(instances).await? + taken)
    }

    pub(super) async fn tampered_history(
        &self,
        key: InstanceKey,
        execution: ExecutionId,
    ) -> Result<Vec<PackedTurn>, StoreError> {
        let turns = self.inner.history(key, execution).await?;
        let left = self.purged().turns.get(&(key, execution)).cloned().unwrap_or_default();
        Ok(if turns.is_empty() { left } else { turns })
    }

    pub(super) async fn tampered_executions(&self, key: InstanceKey) -> Result<Vec<ExecutionId>, StoreError> {
        let there = self.inner.executions(key).await?;
        let left = self.purged().turns.keys().filter(|(of, _)| *of == key).map(|(_, execution)| *execution).collect();
        Ok(if there.is_empty() { left } else { there })
    }

    pub(super) async fn tampered_instance(&self, id: InstanceId) -> Result<Option<InstanceRecord>, StoreError> {
        let row = self.inner.instance(id).await?;
        Ok(row.filter(|r| !self.purged().running.contains(&r.key)))
    }

    pub(super) async fn tampered_instances(
        &self,
        after: InstanceKey,
        limit: usize,
    ) -> Result<Vec<InstanceRecord>, StoreError> {
        let mut rows = self.inner.instances(after, limit).await?;
        rows.retain(|r| !self.purged().running.contains(&r.key));
        Ok(rows)
    }

    pub(super) async fn tampered_query(&self, query: InstanceQuery) -> Result<InstancePage, StoreError> {
        let mut page = self.inner.query(query.clone()).await?;
        if self.bug == PlantedBug::RowBetweenPages && page.next.is_some() {
            let lost = InstanceQuery { after: page.next.clone(), limit: 1, ..query.clone() };
            let lost = self.inner.query(lost).await?.instances.pop();
            page.next = lost.map(|r| query.cursor(&r));
        }
        Ok(page)
    }

    pub(super) async fn tampered_statistics(&self, now: Timestamp) -> Result<StoreStatistics, StoreError> {
        let mut statistics = self.inner.statistics(now).await?;
        if self.bug == PlantedBug::Miscounts {
            statistics.by_status.iter_mut().take(1).for_each(|(_, n)| *n += 1);
        }
        Ok(statistics)
    }
}
