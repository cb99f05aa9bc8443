//! The shape of one history: I1, I5/I11, I6, and that its time never goes back.

use durable_core::EventSeq;
use durable_core::history::{Event, Turn};

use super::{InstanceState, Report};

/// Reads the turns of an instance. `None` if one of them cannot be read.
pub(super) fn check(state: &InstanceState, report: &mut Report) -> Option<Vec<Turn>> {
    let id = &state.record.id;
    let mut turns: Vec<Turn> = Vec::with_capacity(state.turns.len());
    let mut next = EventSeq(0);
    let mut readable = true;
    for packed in &state.turns {
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
    check_start(state, &turns, report);
    check_end(state, &turns, report);
    readable.then_some(turns)
}

/// I5: one start, and it is the first message.
fn check_start(state: &InstanceState, turns: &[Turn], report: &mut Report) {
    let r = &state.record;
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
fn check_end(state: &InstanceState, turns: &[Turn], report: &mut Report) {
    use durable_core::store::Status;
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
        Some(status) if status != r.status => {
            report.add("I6", Some(&r.id), format!("the history ends as {status}, but the row says {}", r.status));
        }
        None if r.status.is_finished() => {
            report.add("I6", Some(&r.id), format!("the row says {}, but the history has no end", r.status));
        }
        _ => {}
    }
}
