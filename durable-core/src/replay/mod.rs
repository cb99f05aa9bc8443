//! Replay, as a pure function: (history, new messages, the user's future) -> decisions.
//!
//! Nothing here does I/O, reads a clock, draws randomness, spawns or locks anything shared. The
//! live session and the replay from scratch run through the same code, `Execution::advance`,
//! so that they cannot differ.

mod copying;
mod events;
mod execution;
mod mismatch;
mod random;
mod state;

pub use copying::{Copied, NotAForkPoint, NotARewind, fork, rewind};
pub(crate) use execution::panic_text;
pub use execution::{Execution, TurnFault};
pub use mismatch::{Mismatch, ReplayError};
pub(crate) use random::Draws;
pub use random::Random;
pub(crate) use state::{CallSpec, Callee, ChildId, Resolved, RetryIf, Shared};

use crate::definition::OrchestratorFn;
use crate::history::Turn;
use crate::id::{ExecutionId, InstanceId};

/// Runs recorded turns against code, from the beginning.
///
/// Returns the execution as it stands after the last turn, ready for the next, or what differs.
///
/// # Errors
///
/// [`ReplayError`] if the code decides anything else than what is recorded, panics where no
/// panic is recorded, or awaits something that the history does not know.
pub fn replay(
    instance: &InstanceId,
    execution: ExecutionId,
    code: &OrchestratorFn,
    turns: &[Turn],
) -> Result<Execution, ReplayError> {
    let mut replayed = Execution::new(instance.clone(), execution, code.clone());
    replayed.knows_patches_of(turns);
    for turn in turns {
        replayed.replay(turn)?;
    }
    Ok(replayed)
}
