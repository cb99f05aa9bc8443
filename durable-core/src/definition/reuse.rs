//! Which holder of an id a start may take the place of.

use crate::store::{Status, StatusSet};

/// What a start does when its instance id is taken: which statuses of the holder may be replaced.
///
/// Default: [`ReusePolicy::finished`]. The new execution takes the place of the old one, whose
/// history is deleted; its number is one higher.
///
/// ```
/// use durable_core::ReusePolicy;
/// use durable_core::store::{Status, StatusSet};
/// assert!(ReusePolicy::finished().allows(Status::Failed));
/// assert!(!ReusePolicy::never().allows(Status::Failed));
/// let restart_failed = ReusePolicy::replace(StatusSet::of(&[Status::Failed]));
/// assert!(!restart_failed.allows(Status::Completed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReusePolicy(StatusSet);

impl Default for ReusePolicy {
    fn default() -> Self {
        Self::finished()
    }
}

impl ReusePolicy {
    /// An id is used once, ever (until its instance is purged).
    pub const fn never() -> Self {
        Self(StatusSet::NONE)
    }

    /// Any holder that has ended is replaced.
    pub const fn finished() -> Self {
        Self(StatusSet::FINISHED)
    }

    /// A holder in one of these statuses is replaced.
    ///
    /// One that has not ended is terminated first; the start waits for its end, for as long as it
    /// takes, and then takes its place. That is not one step: a start of somebody else may come
    /// between, and is then treated alike.
    pub const fn replace(statuses: StatusSet) -> Self {
        Self(statuses)
    }

    /// Whether a holder in this status may be replaced.
    pub fn allows(self, status: Status) -> bool {
        self.0.contains(status)
    }

    /// What a store may replace by itself.
    pub(crate) fn replaces(self) -> StatusSet {
        self.0.intersection(StatusSet::FINISHED)
    }
}
