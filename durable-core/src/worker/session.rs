//! An instance's live future kept in memory, and the double run that checks each turn.

use crate::definition::OrchestratorFn;
use crate::history::{Event, Turn};
use crate::id::{ExecutionId, InstanceId};
use crate::limits::DOUBLE_RUN_EVERY_TURN_UP_TO;
use crate::replay::{Execution, ReplayError, replay};
use crate::time::Timestamp;

/// A live execution. With the double run it also keeps its turns, to replay them from scratch.
pub(super) struct Session {
    execution: Execution,
    instance: InstanceId,
    id: ExecutionId,
    code: OrchestratorFn,
    double_run: Option<Vec<Turn>>,
}

/// Why a turn may not be committed: the instance is parked with this text.
pub(super) struct Refused(pub(super) String);

impl Session {
    /// A session at the end of these turns.
    pub(super) fn rebuild(
        instance: InstanceId,
        id: ExecutionId,
        code: OrchestratorFn,
        turns: Vec<Turn>,
        double_run: bool,
    ) -> Result<Self, ReplayError> {
        let execution = replay(&instance, id, &code, &turns)?;
        Ok(Self { execution, instance, id, code, double_run: double_run.then_some(turns) })
    }

    /// A session of an execution that has not begun.
    pub(super) fn begin(instance: InstanceId, id: ExecutionId, code: OrchestratorFn, double_run: bool) -> Self {
        let execution = Execution::new(instance.clone(), id, code.clone());
        Self { execution, instance, id, code, double_run: double_run.then(Vec::new) }
    }

    /// How many turns it has made.
    pub(super) fn turns(&self) -> u64 {
        self.execution.turns()
    }

    /// How many events its history has.
    pub(super) fn events(&self) -> u64 {
        self.execution.next_seq().0
    }

    /// After continue-as-new: the events that nobody has taken.
    pub(super) fn take_untaken_events(&mut self) -> Vec<Event> {
        self.execution.take_untaken_events()
    }

    /// Makes the next turn.
    pub(super) fn turn(&mut self, now: Timestamp, messages: Vec<Event>) -> Result<Turn, Refused> {
        let turn = self
            .execution
            .run(now, messages)
            .map_err(|fault| Refused(format!("turn at event {}: {fault}", self.execution.next_seq())))?;
        if let Some(turns) = &mut self.double_run {
            turns.push(turn.clone());
            if is_checked(self.execution.turns(), self.execution.has_ended()) {
                replay(&self.instance, self.id, &self.code, turns).map_err(|e| {
                    Refused(format!(
                        "nondeterminism: the turn was run a second time, from the beginning of the history, and {e}\n  \
                         (something in the orchestrator differs between two runs in one process: iteration order of a \
                         HashMap, a static, a clock, randomness)"
                    ))
                })?;
            }
        }
        Ok(turn)
    }
}

/// Every turn of a short execution; of a long one the turns at powers of two and the last, so
/// that checking costs what it must and no more.
fn is_checked(turns: u64, ended: bool) -> bool {
    ended || turns <= DOUBLE_RUN_EVERY_TURN_UP_TO || turns.is_power_of_two()
}
