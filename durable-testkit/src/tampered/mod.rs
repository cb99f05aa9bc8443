//! Stores with planted bugs: a checker that never fails proves nothing.
//!
//! [`Tampered`] stands before any store and breaks one promise of the contract. The tests show
//! that the simulator and the checker find each of them, and after how many seeds; and by which cases
//! the conformance suite does.

mod commits;
mod operators;
mod store;

pub use store::Tampered;

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlantedBug {
    /// A commit under a stale lease is applied all the same (I10).
    NoFence,
    /// Of a commit that has both, the turn is written and the row is not (I2).
    HalfCommit,
    /// A turn is written twice (I11).
    TurnTwice,
    /// A turn in which a timer fires is recorded as of an earlier time (I14).
    TimerEarly,
    /// A message to an instance is lost (I9).
    LostMessage,
    /// A consumed message stays in the inbox (I9).
    MessageStays,
    /// A commit is answered before it is written, and is then forgotten (I3).
    Forgotten,
    /// A live worker's instance is given to another one (I10).
    SharedOwner,
    /// A child's report to its parent is lost (I18).
    LostReport,
    /// A child's report goes to whatever execution its parent is at (I7).
    LooseReport,
    /// An external event is delivered twice (I16).
    EventTwice,
    /// What nobody has taken does not go along with a continue-as-new (I17).
    LostBetween,
    /// A child whose parent lets go of it is not told (I18).
    Orphan,
    /// Request ids are not remembered (I4).
    RequestsForgotten,
    /// A purge leaves the turns behind (I19).
    TurnsLeftBehind,
    /// A purge takes what has not finished, too (I19).
    PurgesTheRunning,
    /// A start replaces whatever has finished, allowed or not (I5).
    ReplacesAll,
    /// Between two pages of a query a row is lost.
    RowBetweenPages,
    /// The statistics count an instance too many (I23).
    Miscounts,
}

impl PlantedBug {
    /// Every planted bug.
    pub const ALL: [PlantedBug; 19] = [
        PlantedBug::NoFence,
        PlantedBug::HalfCommit,
        PlantedBug::TurnTwice,
        PlantedBug::TimerEarly,
        PlantedBug::LostMessage,
        PlantedBug::MessageStays,
        PlantedBug::Forgotten,
        PlantedBug::SharedOwner,
        PlantedBug::LostReport,
        PlantedBug::LooseReport,
        PlantedBug::EventTwice,
        PlantedBug::LostBetween,
        PlantedBug::Orphan,
        PlantedBug::RequestsForgotten,
        PlantedBug::TurnsLeftBehind,
        PlantedBug::PurgesTheRunning,
        PlantedBug::ReplacesAll,
        PlantedBug::RowBetweenPages,
        PlantedBug::Miscounts,
    ];
}
