//! The shape of one history: I1, I5/I11, I6, and that its time never goes back.

use durable_core::history::{Event, OriginKind, PackedTurn, Turn};
use durable_core::store::{InstanceRecord, Status};
use durable_core::{EventSeq, ExecutionId, InstanceId};

use super::{InstanceState, Report, Snapshot};

/// Reads the turns of an instance's current execution. `None` if one of them cannot be read.
/// `goes_on`: whether it is asked to go on after its end.
pub(super) fn check(state: &InstanceState, goes_on: bool, report: &mut Report) -> Option<Vec<Turn>> {
    let id = &state.record.id;
    let (turns, readable) = read(id, &state.turns, report);
    check_start(&state.record, &turns, report);
    check_end(state, &turns, goes_on, report);
    readable.then_some(turns)
}

/// The executions that were kept: each is whole, and has ended before the current one or was rewound.
pub(super) fn check_earlier(state: &InstanceState, snapshot: &Snapshot, report: &mut Report) {
    let r = &state.record;
    let rewound = if state.earlier.is_empty() { Vec::new() } else { rewound(state, snapshot) };
    for (execution, packed) in &state.earlier {
        let (turns, readable) = read(&r.id, packed, report);
        if *execution >= r.execution {
            let what = format!("there are turns of execution {execution}, but it is at {}", r.execution);
            report.add("I5", Some(&r.id), what);
        }
        if turns.iter().rev().skip(1).any(|t| t.terminal().is_some()) {
            report.add("I6", Some(&r.id), format!("turns follow the end of execution {execution}"));
        }
        let has_end = turns.last().is_none_or(|t| t.terminal().is_some());
        if readable && !has_end && !rewound.contains(execution) {
            report.add("I6", Some(&r.id), format!("execution {execution} was kept, but has no end"));
        }
        let starts = turns.iter().flat_map(|t| &t.messages).filter(|e| matches!(e, Event::ExecutionStarted(_))).count();
        if readable && starts != 1 {
            report.add("I5", Some(&r.id), format!("execution {execution} has {starts} starts"));
        }
    }
}

/// The executions whose successors began as their copies: a child that runs is rewound with its parent.
fn rewound(state: &InstanceState, snapshot: &Snapshot) -> Vec<ExecutionId> {
    let all = state.earlier.iter().flat_map(|(_, turns)| turns).chain(&state.turns);
    let taken = all.filter_map(|t| t.unpack().ok()).flat_map(|t| t.messages);
    let waiting = snapshot.inbox.iter().filter(|m| m.to == state.record.key).map(|m| m.message.clone());
    let origins = taken.chain(waiting).filter_map(|e| match e {
        Event::ExecutionStarted(started) => started.origin,
        _ => None,
    });
    origins.filter(|o| o.kind == OriginKind::Rewind).map(|o| o.execution).collect()
}

/// Reads turns that must follow each other. Whether all of them can be read.
fn read(id: &InstanceId, packed: &[PackedTurn], report: &mut Report) -> (Vec<Turn>, bool) {
    let mut turns: Vec<Turn> = Vec::with_capacity(packed.len());
    let mut next = EventSeq(0);
    let mut readable = true;
    for packed in packed {
        if packed.seq < next {
            // Two turns from one base: two workers have both written it.
            report.add("I11", Some(id), format!("a turn at event {} stands where event {next} should be", packed.seq));
        } else if packed.seq > next {
            report.add("I1", Some(id), format!("events {next} to {} are missing", packed.seq));
        }
        next = packed.seq.plus(packed.count);
        match packed.unpack() {
            Ok(turn) => turns.push(turn),
            Err(e) => {
                report.add("I1", Some(id), e.to_string());
                readable = false;
            }
        }
    }
    for pair in turns.windows(2) {
        if pair[1].at < pair[0].at {
            let (seq, at, before) = (pair[1].seq, pair[1].at, pair[0].at);
            report.add(
                "I14",
                Some(id),
                format!("the turn at event {seq} is at {at}, before its predecessor's {before}"),
            );
        }
    }
    (turns, readable)
}

/// I5: one start, and it is the first message.
fn check_start(r: &InstanceRecord, turns: &[Turn], report: &mut Report) {
    let mut starts = turns.iter().flat_map(|t| &t.messages).enumerate().filter_map(|(n, e)| match e {
        Event::ExecutionStarted(started) => Some((n, started)),
        _ => None,
    });
    match starts.next() {
        Some((0, started)) => {
            if started.name != r.name || started.version != r.version {
                let what = format!("`{}` was started, but the row says `{}`", started.name, r.name);
                report.add("I5", Some(&r.id), what);
            }
        }
        Some(_) => report.add("I5", Some(&r.id), "ExecutionStarted is not the first message"),
        None if turns.is_empty() => {}
        None => report.add("I5", Some(&r.id), "the history has no ExecutionStarted"),
    }
    if starts.next().is_some() {
        report.add("I5", Some(&r.id), "the history has more than one ExecutionStarted");
    }
}

/// I6: one terminal event, the last, and the row agrees.
fn check_end(state: &InstanceState, turns: &[Turn], goes_on: bool, report: &mut Report) {
    let r = &state.record;
    let events = turns.iter().flat_map(|t| t.messages.iter().chain(&t.decisions));
    let terminals = events.filter(|e| e.is_terminal()).count();
    if terminals > 1 {
        report.add("I6", Some(&r.id), format!("the history has {terminals} terminal events"));
    }
    let early = turns.iter().rev().skip(1).any(|t| t.terminal().is_some());
    if early {
        report.add("I6", Some(&r.id), "turns follow the end of the execution");
    }
    let ended = match turns.last().and_then(Turn::terminal) {
        Some(Event::ExecutionCompleted { .. }) => Some(Status::Completed),
        Some(Event::ExecutionTerminated { .. }) => Some(Status::Terminated),
        // I17: with it the next execution begins, and its turns go.
        Some(Event::ContinuedAsNew { .. }) => {
            return report.add("I17", Some(&r.id), "it has continued as new, but its next execution is not there");
        }
        Some(_) => Some(Status::Failed),
        None => None,
    };
    match ended {
        // It was made ready to take a message, and no worker has done so yet.
        Some(_) if goes_on && matches!(r.status, Status::Running | Status::Parked) => {}
        Some(status) if status != r.status => {
            report.add("I6", Some(&r.id), format!("the history ends as {status}, but the row says {}", r.status));
        }
        None if r.status.is_finished() => {
            report.add("I6", Some(&r.id), format!("the row says {}, but the history has no end", r.status));
        }
        _ => {}
    }
}
