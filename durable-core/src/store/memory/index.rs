//! The indexes of a hub in memory: with ten thousand children a claim that looks at every one of
//! them, and a worker that asks for its mail among all messages, would take seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::hub::is_runnable;
use crate::id::{InstanceKey, MessageId, WorkerId};
use crate::store::{InstanceRecord, Offer};
use crate::time::Timestamp;

#[derive(Default)]
pub(super) struct Index {
    /// Those that may be claimed by who offers this, by their wake times.
    pub(super) waking: BTreeMap<Offer, BTreeSet<(Timestamp, InstanceKey)>>,
    /// Those that a worker owns; never empty.
    pub(super) owned: BTreeMap<WorkerId, BTreeSet<InstanceKey>>,
    /// The messages to those.
    mail: BTreeMap<WorkerId, BTreeSet<MessageId>>,
    pub(super) created: BTreeSet<(Timestamp, InstanceKey)>,
    pub(super) updated: BTreeSet<(Timestamp, InstanceKey)>,
}

/// Where a row stands in the indexes.
#[derive(PartialEq, Eq)]
pub(super) struct Place {
    waking: Option<(Offer, Timestamp)>,
    owner: Option<WorkerId>,
    created: Timestamp,
    updated: Timestamp,
}

impl Place {
    pub(super) fn of(r: &InstanceRecord) -> Self {
        let wake_at = r.wake_at.filter(|_| r.owner.is_none() && is_runnable(r.status));
        let offer = || Offer { name: r.name.clone(), version: r.version.clone() };
        Self { waking: wake_at.map(|at| (offer(), at)), owner: r.owner, created: r.created_at, updated: r.updated_at }
    }
}

impl Index {
    /// A row stands somewhere else, is new, or is gone.
    pub(super) fn moves(
        &mut self,
        key: InstanceKey,
        before: Option<Place>,
        after: Option<Place>,
        inbox: &BTreeSet<MessageId>,
    ) {
        if before == after {
            return;
        }
        let owners = [&before, &after].map(|place| place.as_ref().and_then(|p| p.owner));
        if owners[0] != owners[1] {
            inbox.iter().for_each(|id| self.leaves(*id, owners[0]));
            inbox.iter().for_each(|id| self.arrives(*id, owners[1]));
        }
        if let Some(place) = before {
            if let Some((offer, at)) = place.waking {
                remove(&mut self.waking, &offer, &(at, key));
            }
            if let Some(owner) = place.owner {
                remove(&mut self.owned, &owner, &key);
            }
            self.created.remove(&(place.created, key));
            self.updated.remove(&(place.updated, key));
        }
        if let Some(place) = after {
            if let Some((offer, at)) = place.waking {
                self.waking.entry(offer).or_default().insert((at, key));
            }
            if let Some(owner) = place.owner {
                self.owned.entry(owner).or_default().insert(key);
            }
            self.created.insert((place.created, key));
            self.updated.insert((place.updated, key));
        }
    }

    /// A message waits for an instance of this worker.
    pub(super) fn arrives(&mut self, id: MessageId, owner: Option<WorkerId>) {
        if let Some(owner) = owner {
            self.mail.entry(owner).or_default().insert(id);
        }
    }

    /// It does no longer.
    pub(super) fn leaves(&mut self, id: MessageId, owner: Option<WorkerId>) {
        if let Some(owner) = owner {
            remove(&mut self.mail, &owner, &id);
        }
    }

    /// The messages to instances of this worker that came after this one.
    pub(super) fn mail_after(&self, owner: WorkerId, after: MessageId) -> impl Iterator<Item = MessageId> {
        let mail = self.mail.get(&owner).into_iter();
        mail.flat_map(move |ids| ids.range((Bound::Excluded(after), Bound::Unbounded))).copied()
    }
}

/// Takes a value out of a map of sets, and an empty set out of the map.
fn remove<K: Ord, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: &V) {
    if let Some(set) = map.get_mut(key) {
        set.remove(value);
        if set.is_empty() {
            map.remove(key);
        }
    }
}
