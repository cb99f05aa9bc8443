//! The history checker: reads a store from outside and says what is wrong with it.
//!
//! It uses nothing but [`Store`], so that it judges every store by the same contract. The
//! numbers (`I1` …) are those of GUARANTEES.md.
//!
//! The store should be at rest: the checker reads it with several calls, and what is written in
//! between may look torn.

mod counts;
mod families;
mod histories;
mod observer;
mod operations;
mod purges;
mod replays;
mod rows;
mod snapshot;
mod suspension;

pub use counts::check_counts;
pub use observer::Observer;
pub use purges::check_purged;
pub use snapshot::{InstanceState, Snapshot};

use std::fmt;

use durable_core::store::{Store, StoreError};
use durable_core::{InstanceId, Registry, Timestamp};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Which invariant, as GUARANTEES.md numbers them; `row` for the invariants of rows.
    pub invariant: &'static str,
    /// Of which instance, if it is about one.
    pub instance: Option<InstanceId>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{} violated by {instance}: {}", self.invariant, self.what),
            None => write!(f, "{} violated: {}", self.invariant, self.what),
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    violations: Vec<Violation>,
    instances: usize,
    events: u64,
}

impl Report {
    /// What is wrong, in order of instance.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// How many instances were looked at.
    pub fn instances(&self) -> usize {
        self.instances
    }

    /// How many events were looked at.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// # Panics
    ///
    /// If anything is wrong; the message lists all of it.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "the store violates its invariants:\n{self}");
    }

    pub(crate) fn append(&mut self, other: Report) {
        self.violations.extend(other.violations);
    }

    pub(crate) fn add(&mut self, invariant: &'static str, instance: Option<&InstanceId>, what: impl Into<String>) {
        self.violations.push(Violation { invariant, instance: instance.cloned(), what: what.into() });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} violations in {} instances, {} events", self.violations.len(), self.instances, self.events)?;
        self.violations.iter().try_for_each(|v| write!(f, "\n  {v}"))
    }
}

/// Checks everything that is in a store. With a registry, every history is also replayed with
/// its code.
///
/// # Errors
///
/// The store's, if it cannot be read.
pub async fn check(store: &dyn Store, registry: Option<&Registry>) -> Result<Report, StoreError> {
    let snapshot = Snapshot::read(store).await?;
    let mut report = check_snapshot(&snapshot, registry);
    report.append(check_counts(store, &snapshot, Timestamp::MAX).await?);
    let keys = snapshot.instances.iter().map(|i| i.record.key).collect();
    let statuses = store.statuses(keys).await?;
    rows::check_statuses(&snapshot, &statuses, &mut report);
    purges::check_gaps(store, &snapshot, &mut report).await?;
    for state in &snapshot.instances {
        let r = &state.record;
        let here = (!state.turns.is_empty()).then_some(r.execution);
        let executions: Vec<_> = state.earlier.iter().map(|(execution, _)| *execution).chain(here).collect();
        if store.executions(r.key).await? != executions {
            report.add("I5", Some(&r.id), "`executions` are not those of which there are turns");
        }
        if store.first_turn(r.key, r.execution).await?.as_ref() != state.turns.first() {
            report.add("I1", Some(&r.id), "`first_turn` is not the first turn of `history`");
        }
        if store.last_turn(r.key, r.execution).await?.as_ref() != state.turns.last() {
            report.add("I1", Some(&r.id), "`last_turn` is not the last turn of `history`");
        }
        if store.instance(r.id.clone()).await?.as_ref() != Some(r) {
            report.add("I5", Some(&r.id), "`instance` and `instances` show different rows");
        }
    }
    Ok(report)
}

/// Checks what was read from a store.
pub fn check_snapshot(snapshot: &Snapshot, registry: Option<&Registry>) -> Report {
    check_snapshot_at(snapshot, registry, None)
}

/// The same, of a store that is at work, at this time: a wake time that has come wakes.
pub(crate) fn check_snapshot_at(snapshot: &Snapshot, registry: Option<&Registry>, now: Option<Timestamp>) -> Report {
    let mut report = Report { instances: snapshot.instances.len(), ..Report::default() };
    let mut histories = families::Histories::new();
    for state in &snapshot.instances {
        report.events += state.turns.iter().map(|t| t.count).sum::<u64>();
        report.events += state.earlier.iter().flat_map(|(_, turns)| turns).map(|t| t.count).sum::<u64>();
        histories::check_earlier(state, snapshot, &mut report);
        let goes_on = snapshot.is_to_rewind(state.record.key);
        let Some(turns) = histories::check(state, goes_on, &mut report) else { continue };
        let open = operations::check(state, &turns, &mut report);
        let is_suspended = suspension::check(state, &turns, &mut report);
        let look = rows::Look { snapshot, now };
        rows::check(state, &turns, &open, is_suspended, &look, &mut report);
        if let Some(registry) = registry {
            replays::check(state, &turns, registry, &mut report);
        }
        histories.insert(state.record.key, turns);
    }
    families::check(snapshot, &histories, &mut report);
    rows::check_inbox(snapshot, &mut report);
    report
}
