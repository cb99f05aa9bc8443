//! An instance's live future kept in memory, and the double run that checks each turn.

use std::sync::Arc;

use crate::definition::OrchestratorFn;
use crate::history::{Event, Turn};
use crate::id::{ExecutionId, InstanceId};
use crate::limits::DOUBLE_RUN_EVERY_TURN_UP_TO;
use crate::replay::{Execution, ReplayError, replay};
use crate::time::Timestamp;
use crate::worker::second_run::{SecondRun, Sighting};

/// Whether turns are run twice, and what is done around the second run.
#[derive(Clone)]
pub(super) struct DoubleRun {
    pub(super) is_on: bool,
    pub(super) second: Option<Arc<dyn SecondRun>>,
}

/// What a session needs for the double run.
struct Checked {
    turns: Vec<Turn>,
    second: Option<Arc<dyn SecondRun>>,
}

impl DoubleRun {
    fn checked(self, turns: Vec<Turn>) -> Option<Checked> {
        self.is_on.then_some(Checked { turns, second: self.second })
    }
}

/// A live execution. With the double run it also keeps its turns, to replay them from scratch.
pub(super) struct Session {
    execution: Execution,
    instance: InstanceId,
    id: ExecutionId,
    code: OrchestratorFn,
    double_run: Option<Checked>,
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
        double_run: DoubleRun,
    ) -> Result<Self, ReplayError> {
        let execution = replay(&instance, id, &code, &turns)?;
        Ok(Self { execution, instance, id, code, double_run: double_run.checked(turns) })
    }

    /// A session of an execution that has not begun.
    pub(super) fn begin(instance: InstanceId, id: ExecutionId, code: OrchestratorFn, double_run: DoubleRun) -> Self {
        let execution = Execution::new(instance.clone(), id, code.clone());
        Self { execution, instance, id, code, double_run: double_run.checked(Vec::new()) }
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
        if let Some(checked) = &mut self.double_run {
            checked.turns.push(turn.clone());
            if is_checked(self.execution.turns(), self.execution.has_ended()) {
                self.run_again()?;
            }
        }
        Ok(turn)
    }

    /// The second run: all turns from the beginning.
    fn run_again(&self) -> Result<(), Refused> {
        let Some(Checked { turns, second }) = &self.double_run else { return Ok(()) };
        let mut replayed = None;
        let mut run = || replayed = Some(replay(&self.instance, self.id, &self.code, turns));
        let sightings = match second {
            Some(second) => second.around(&mut run),
            None => {
                run();
                Vec::new()
            }
        };
        match replayed {
            Some(Err(e)) => Err(Refused(differs(&e, &sightings))),
            _ => seen(&sightings).map_or(Ok(()), |text| Err(Refused(text))),
        }
    }
}

/// The second run came to something else.
fn differs(error: &ReplayError, sightings: &[Sighting]) -> String {
    let begin =
        format!("nondeterminism: the turn was run a second time, from the beginning of the history, and {error}\n  ");
    if sightings.is_empty() {
        let usual = "(something in the orchestrator differs between two runs in one process: iteration order of a \
                     HashMap, a static, a clock, randomness)";
        return begin + usual;
    }
    begin + &lines(sightings)
}

/// The second run came to the same, but has read something at a place in the user's code that
/// another replay would read differently.
fn seen(sightings: &[Sighting]) -> Option<String> {
    let known: Vec<Sighting> = sightings.iter().filter(|s| s.at.is_some()).cloned().collect();
    (!known.is_empty()).then(|| {
        format!(
            "nondeterminism: the turn was run a second time, from the beginning of the history, and what it did in \
             between does not follow from the history (its decisions were the same by chance)\n  {}",
            lines(&known)
        )
    })
}

fn lines(sightings: &[Sighting]) -> String {
    let lines: Vec<String> = sightings.iter().map(ToString::to_string).collect();
    lines.join("\n  ")
}

/// Every turn of a short execution; of a long one the turns at powers of two and the last, so
/// that checking costs what it must and no more.
fn is_checked(turns: u64, ended: bool) -> bool {
    ended || turns <= DOUBLE_RUN_EVERY_TURN_UP_TO || turns.is_power_of_two()
}
