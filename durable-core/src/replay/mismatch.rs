//! When code and history do not fit.

use std::fmt;

use crate::history::{CodecError, Event};
use crate::id::EventSeq;
use crate::replay::TurnFault;

/// The first decision that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The number of the event, in the execution.
    pub seq: EventSeq,
    /// The number of the first event of its turn.
    pub turn: EventSeq,
    /// What the history says; `None` if the code decided one thing more.
    pub expected: Option<Event>,
    /// What the code decided; `None` if it decided one thing less.
    pub actual: Option<Event>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |e: &Option<Event>| e.as_ref().map_or_else(|| "nothing more".to_owned(), ToString::to_string);
        write!(
            f,
            "the code does not repeat its history at event {} (turn at event {})\n  recorded: {}\n  code now: {}",
            self.seq,
            self.turn,
            show(&self.expected),
            show(&self.actual)
        )
    }
}

/// Why a history cannot be replayed with this code. The history is unchanged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The code decides something else.
    #[error("{0}")]
    NonDeterministic(Box<Mismatch>),
    /// The code panics in a turn that is recorded without a panic.
    #[error("the code panics while it repeats its history (turn at event {turn}): {message}")]
    Panicked {
        /// Which turn.
        turn: EventSeq,
        /// The text of the panic.
        message: String,
    },
    /// The code does not come to rest.
    #[error("while it repeats its history (turn at event {turn}), {fault}")]
    Fault {
        /// Which turn.
        turn: EventSeq,
        /// In which way.
        fault: TurnFault,
    },
    /// The turns do not follow on each other, or go on after the end.
    #[error("the history is damaged: a turn at event {found} stands where event {expected} should be")]
    NotContiguous {
        /// The number that should come.
        expected: EventSeq,
        /// The number that came.
        found: EventSeq,
    },
    /// A turn cannot be read.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// Compares what was recorded with what came out.
pub(super) fn compare(
    turn: EventSeq,
    first: EventSeq,
    recorded: &[Event],
    actual: &[Event],
) -> Result<(), Box<Mismatch>> {
    let longest = recorded.len().max(actual.len());
    match (0..longest).find(|&n| recorded.get(n) != actual.get(n)) {
        None => Ok(()),
        Some(n) => Err(Box::new(Mismatch {
            seq: first.plus(n as u64),
            turn,
            expected: recorded.get(n).cloned(),
            actual: actual.get(n).cloned(),
        })),
    }
}
