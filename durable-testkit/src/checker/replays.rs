//! I12: the code repeats its history.

use durable_core::Registry;
use durable_core::history::Turn;
use durable_core::replay::Execution;

use super::{InstanceState, Report};

/// Replays all turns. [`Execution::replay`] compares the decisions of each turn before it goes
/// on, so one pass checks every turn-aligned prefix.
pub(super) fn check(state: &InstanceState, turns: &[Turn], registry: &Registry, report: &mut Report) {
    let r = &state.record;
    let Some(code) = registry.orchestrator(&r.name, &r.version) else { return };
    let mut execution = Execution::new(r.id.clone(), r.execution, code.clone());
    execution.knows_patches_of(turns);
    for turn in turns {
        if let Err(e) = execution.replay(turn) {
            report.add("I12", Some(&r.id), e.to_string());
            return;
        }
    }
    if execution.has_ended() != turns.last().is_some_and(|t| t.terminal().is_some()) {
        report.add("I12", Some(&r.id), "the code ends where its history does not, or the other way round");
    }
}
