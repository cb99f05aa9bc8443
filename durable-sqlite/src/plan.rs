//! The fast path's plan: the batch as if every commit applied, and what proves that it does.

use std::collections::HashSet;

use durable_core::store::{
    Commit, CommitOutcome, InstanceUpdate, Lease, NewInstance, Ownership, Recipient, StoreError, Subject,
};
use durable_core::{ExecutionId, InstanceId, InstanceKey, Timestamp};

use crate::records::Records;
use crate::seal::Sealer;
use crate::sql::Check;
use crate::writes::{Delivered, Encoded, Row, update_row};

/// A batch of which every commit applies.
pub(crate) struct Plan {
    pub(crate) check: Option<Check>,
    pub(crate) encoded: Encoded,
    pub(crate) outcomes: Vec<CommitOutcome>,
}

/// How many new instances a batch may make.
pub(crate) fn new_instances(batch: &[Commit]) -> usize {
    let made = |c: &Commit| c.deliveries.iter().filter(|d| matches!(d.to, Recipient::New { .. })).count();
    batch.iter().map(|c| usize::from(matches!(c.subject, Subject::New(_))) + made(c)).sum()
}

/// The plan under which every commit applies, and the check that proves it right.
///
/// `None` if that cannot be said in one check (several workers; a commit that does not say where
/// its history ends; one of an instance whose key is not known), or if the statements of the fast
/// path, each over the whole batch, might differ from the commits in their order. What cannot be
/// seen here, because a recipient is named by its id and a subject by its key, the script sees.
///
/// New instances take the keys from `first_key` on.
pub(crate) fn optimistic(batch: &[Commit], first_key: i64, sealer: &Sealer) -> Result<Option<Plan>, StoreError> {
    let by_id = |c: &Commit| matches!(c.subject, Subject::Existing { .. } | Subject::Finished { .. });
    let revives = |c: &Commit| c.deliveries.iter().any(|d| matches!(d.to, Recipient::Finished { .. }));
    let in_order_only = |c: &Commit| c.next.is_some() || by_id(c) || revives(c) || mails_itself_to_sleep(c);
    if batch.iter().any(in_order_only) || makes_what_it_names(batch) {
        return Ok(None);
    }
    let mut encoded = Encoded::with_turns(sealer, batch.iter().filter_map(|c| Some(&c.turn.as_ref()?.packed)));
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut bases = Records::with_capacity(batch.len());
    let mut the_lease: Option<Lease> = None;
    let mut same = |lease: Lease| *the_lease.get_or_insert(lease) == lease;
    let mut keys = (first_key..).map(InstanceKey);
    for commit in batch {
        let (key, execution) = match &commit.subject {
            Subject::New(new) => {
                let fits = |t: &durable_core::store::TurnWrite| t.packed.seq.0 == 0 && t.execution.0 == 0;
                let fits = new.owner.is_none_or(&mut same) && commit.turn.as_ref().is_none_or(fits);
                let Some(key) = keys.next().filter(|_| fits) else { return Ok(None) };
                encoded.insert(&new_row(key, new, commit.update.as_ref(), commit.now))?;
                new.history.iter().for_each(|turn| encoded.turn(key, ExecutionId(0), turn));
                if let Some(request) = &commit.request {
                    encoded.request(request, &new.id, (key, ExecutionId(0)), commit.now);
                }
                (key, ExecutionId(0))
            }
            Subject::Owned { lease, key } => {
                let fits = same(*lease) && commit.request.is_none();
                let Some(turn) = commit.turn.as_ref().filter(|_| fits) else { return Ok(None) };
                bases.push([key.0, i64::from(turn.execution.0), turn.packed.seq.0 as i64]);
                if let Some(update) = &commit.update {
                    encoded.update(*key, update, commit.now);
                }
                (*key, turn.execution)
            }
            Subject::Existing { .. } | Subject::Finished { .. } => return Ok(None),
        };
        if let Some(turn) = &commit.turn {
            encoded.turn(key, execution, &turn.packed);
        }
        commit.consumed.iter().for_each(|id| encoded.consumed.push([id.0]));
        for delivery in &commit.deliveries {
            let to = match &delivery.to {
                Recipient::Subject => Delivered::Key(key),
                Recipient::Id { id, execution } => Delivered::Id(id, *execution),
                Recipient::New { instance, .. } => {
                    let Some(child) = keys.next().filter(|_| instance.owner.is_none()) else { return Ok(None) };
                    encoded.insert(&new_row(child, instance, None, commit.now))?;
                    instance.history.iter().for_each(|turn| encoded.turn(child, ExecutionId(0), turn));
                    Delivered::Key(child)
                }
                Recipient::Finished { .. } => return Ok(None),
            };
            encoded.delivery(to, commit.now, &delivery.message)?;
        }
        outcomes.push(CommitOutcome::Applied { key, execution });
    }
    let check = the_lease.map(|l| Check { worker: l.worker.0, epoch: l.epoch.0 as i64, bases });
    Ok(Some(Plan { check, encoded, outcomes }))
}

/// Gives its instance up and sends it a message: what waited before decides when it is ready.
fn mails_itself_to_sleep(commit: &Commit) -> bool {
    let sleeps = commit.update.as_ref().is_some_and(|u| u.ownership != Ownership::Keep && !u.status.is_finished());
    let owned = matches!(commit.subject, Subject::Owned { .. });
    sleeps && owned && commit.deliveries.iter().any(|d| d.to == Recipient::Subject)
}

/// Whether a message goes, by its id, to an instance that the batch makes: before or after?
fn makes_what_it_names(batch: &[Commit]) -> bool {
    let deliveries = || batch.iter().flat_map(|c| &c.deliveries);
    let named = deliveries().filter_map(|d| match &d.to {
        Recipient::Id { id, .. } => Some(id),
        _ => None,
    });
    let named: HashSet<&InstanceId> = named.collect();
    let made = |id: &InstanceId| named.contains(id);
    let by_subject = |c: &Commit| matches!(&c.subject, Subject::New(new) if made(&new.id));
    let by_delivery = |to: &Recipient| matches!(to, Recipient::New { instance, .. } if made(&instance.id));
    !named.is_empty() && (batch.iter().any(by_subject) || deliveries().any(|d| by_delivery(&d.to)))
}

/// The first execution's row.
fn new_row<'a>(key: InstanceKey, new: &'a NewInstance, update: Option<&'a InstanceUpdate>, now: Timestamp) -> Row<'a> {
    let mut row = Row::new(key, new, ExecutionId(0), now);
    if let Some(update) = update {
        update_row(&mut row, update, false, now);
    }
    row
}
