//! Putting claimed instances together from their rows.

use std::collections::BTreeMap;

use durable_core::InstanceKey;
use durable_core::store::{ClaimedInstance, Lease, StoreError};
use sqlx::sqlite::SqliteRow;

use crate::SqliteStore;
use crate::rows::{instance, key, message, turn};
use crate::script::{Args, Step, rows_of};
use crate::seal::Sealer;
use crate::writer::Writer;

/// What the rows of a claim hold.
pub(crate) struct Contents {
    /// In the order of the instances' rows.
    pub(crate) whole: Vec<ClaimedInstance>,
    /// Instances with a row that cannot be read, and why: they must not hold up the others.
    pub(crate) broken: Vec<(InstanceKey, String)>,
}

impl Contents {
    /// Turns stand in step `turns_at`, messages in the one after it.
    pub(crate) fn assemble(
        instances: Vec<SqliteRow>,
        mut steps: Vec<Step>,
        turns_at: usize,
        sealer: &Sealer,
    ) -> Result<Self, StoreError> {
        let mut broken = BTreeMap::new();
        let mut whole = Vec::with_capacity(instances.len());
        let mut places = BTreeMap::new();
        for row in &instances {
            let key = key(row, 0)?;
            match instance(row, sealer) {
                Ok(record) => {
                    places.insert(key, whole.len());
                    whole.push(ClaimedInstance { record, turns: Vec::new(), inbox: Vec::new() });
                }
                Err(e) => drop(broken.insert(key, e.to_string())),
            }
        }
        for row in rows_of(&mut steps, turns_at) {
            let key = key(&row, 0)?;
            match (turn(&row, sealer), places.get(&key)) {
                (Ok(turn), Some(place)) => whole[*place].turns.push(turn),
                (Ok(_), None) => {}
                (Err(e), _) => drop(broken.insert(key, e.to_string())),
            }
        }
        for row in rows_of(&mut steps, turns_at + 1) {
            let to = key(&row, 1)?;
            match (message(&row, sealer), places.get(&to)) {
                (Ok(message), Some(place)) => whole[*place].inbox.push(message),
                (Ok(_), None) => {}
                (Err(e), _) => drop(broken.insert(to, e.to_string())),
            }
        }
        whole.retain(|c| !broken.contains_key(&c.record.key));
        for c in &mut whole {
            c.turns.sort_by_key(|turn| turn.seq);
            c.inbox.sort_by_key(|message| message.id);
        }
        Ok(Self { whole, broken: broken.into_iter().collect() })
    }
}

impl SqliteStore {
    /// Parks instances that cannot be read, with the reason: visible, and nothing of them lost.
    pub(crate) async fn park_broken(
        &self,
        writer: &mut Writer,
        lease: Lease,
        broken: &[(InstanceKey, String)],
    ) -> Result<(), StoreError> {
        const PARK: &str = "BEGIN IMMEDIATE; \
            UPDATE durable_instances SET status = 'Parked', parked_reason = $3, owner = NULL, wake_at = NULL \
            WHERE key = $1 AND owner = $2; \
            COMMIT";
        for (key, reason) in broken {
            tracing::error!(instance = %key, %reason, "an instance cannot be read; it is parked");
            let args = Args::default().with(key.0).with(lease.worker.0).with(reason.clone());
            writer.commit(&self.inner.counters, PARK, args, 2).await?;
        }
        Ok(())
    }
}
