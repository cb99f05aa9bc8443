//! How a turn stands in a store: one JSON array of its events, and the version of that format.
//!
//! Version 1: each event is an object with one member, whose name is the event's type and whose
//! value holds its fields: `[{"TurnStarted":{"at":1}},{"TaskScheduled":{"id":0,"name":"f","input":[]}}]`.
//! User payloads stand in it as they are. A field at its default is left out. A reader that meets
//! a higher version, or a type or a shape that it does not know, reports it and changes nothing.

use std::sync::Arc;

use super::{Event, Turn};
use crate::id::EventSeq;

/// The format that this build writes. It reads this and all before it.
pub const CODEC_VERSION: u32 = 1;

/// A turn as a store keeps it. The store reads `seq`, `count` and `codec`; the body is text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedTurn {
    /// The number of its first event.
    pub seq: EventSeq,
    /// How many events it holds.
    pub count: u64,
    /// The format of `body`.
    pub codec: u32,
    /// The events.
    pub body: Arc<str>,
}

/// A stored turn that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// Written by a newer build.
    #[error(
        "the turn at event {seq} has format {found}, but this build reads up to {CODEC_VERSION}: run a newer build"
    )]
    NewerVersion {
        /// Which turn.
        seq: EventSeq,
        /// Its format.
        found: u32,
    },
    /// Not a turn.
    #[error("the turn at event {seq} cannot be read: {reason}")]
    Corrupt {
        /// Which turn.
        seq: EventSeq,
        /// What is wrong with it.
        reason: String,
    },
}

impl PackedTurn {
    /// Writes a turn in the current format.
    pub fn pack(turn: &Turn) -> Result<Self, CodecError> {
        let mut body = Vec::with_capacity(64 + 96 * (turn.messages.len() + turn.decisions.len()));
        let corrupt = |e: serde_json::Error| CodecError::Corrupt { seq: turn.seq, reason: e.to_string() };
        body.push(b'[');
        serde_json::to_writer(&mut body, &Event::TurnStarted { at: turn.at }).map_err(corrupt)?;
        for event in turn.messages.iter().chain(&turn.decisions) {
            body.push(b',');
            serde_json::to_writer(&mut body, event).map_err(corrupt)?;
        }
        body.push(b']');
        let body = String::from_utf8(body).map_err(|e| CodecError::Corrupt { seq: turn.seq, reason: e.to_string() })?;
        Ok(Self { seq: turn.seq, count: turn.count(), codec: CODEC_VERSION, body: body.into() })
    }

    /// Reads it back, and checks that it is a turn: `TurnStarted`, then messages, then
    /// decisions, as many as it says.
    pub fn unpack(&self) -> Result<Turn, CodecError> {
        let corrupt = |reason: String| CodecError::Corrupt { seq: self.seq, reason };
        if self.codec > CODEC_VERSION {
            return Err(CodecError::NewerVersion { seq: self.seq, found: self.codec });
        }
        let mut events: Vec<Event> = serde_json::from_str(&self.body).map_err(|e| corrupt(e.to_string()))?;
        if events.len() as u64 != self.count {
            return Err(corrupt(format!("it holds {} events, but says {}", events.len(), self.count)));
        }
        let Some(Event::TurnStarted { at }) = events.first() else {
            return Err(corrupt("it does not begin with TurnStarted".into()));
        };
        let at = *at;
        let first_decision = events.iter().skip(1).position(|e| !e.is_message()).map_or(events.len(), |n| n + 1);
        let decisions = events.split_off(first_decision);
        if let Some(e) = decisions.iter().find(|e| e.is_message() || matches!(e, Event::TurnStarted { .. })) {
            return Err(corrupt(format!("{} stands among the decisions", e.type_name())));
        }
        let early_end = decisions.iter().rev().skip(1).any(Event::is_terminal);
        if early_end {
            return Err(corrupt("events follow the end of the execution".into()));
        }
        let messages = events.split_off(1);
        Ok(Turn { seq: self.seq, at, messages, decisions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::CallOptions;
    use crate::history::ExecutionStarted;
    use crate::id::TaskId;
    use crate::payload::Payload;
    use crate::retry::RetryPolicy;
    use crate::time::Timestamp;
    use std::time::Duration;

    fn turn() -> Turn {
        let options = CallOptions::new().retry(RetryPolicy::exponential(3, Duration::from_secs(1)));
        Turn {
            seq: EventSeq(7),
            at: Timestamp::from_unix_micros(5),
            messages: vec![
                Event::ExecutionStarted(Box::new(ExecutionStarted::new(
                    "f",
                    "",
                    Payload::from_json(r#"[ "kept  as it is" ]"#).unwrap(),
                    u64::MAX,
                ))),
                Event::TaskCompleted { id: TaskId(0), attempt: 2, result: Payload::null() },
            ],
            decisions: vec![
                Event::TaskScheduled { id: TaskId(1), attempt: 1, name: "g".into(), input: Payload::null(), options },
                Event::ExecutionCompleted { output: Payload::null() },
            ],
        }
    }

    #[test]
    fn a_turn_reads_back_as_it_was_written() {
        let packed = PackedTurn::pack(&turn()).unwrap();
        assert_eq!(packed.count, 5);
        assert!(packed.body.contains(r#"[ "kept  as it is" ]"#), "{}", packed.body);
        assert_eq!(packed.unpack().unwrap(), turn());
    }

    #[track_caller]
    fn check_corrupt(count: u64, codec: u32, body: &str, says: &str) {
        let e = PackedTurn { seq: EventSeq(7), count, codec, body: body.into() }.unpack().unwrap_err();
        assert!(e.to_string().contains(says), "{e}");
    }

    #[test]
    fn what_is_not_a_turn_is_reported() {
        check_corrupt(1, 2, "[]", "newer build");
        check_corrupt(1, 1, "", "EOF");
        check_corrupt(1, 1, "[", "EOF");
        check_corrupt(1, 1, "[{}]", "expected value");
        check_corrupt(1, 1, r#"[{"Unheard":{}}]"#, "unknown variant `Unheard`");
        check_corrupt(2, 1, r#"[{"TurnStarted":{"at":1}}]"#, "holds 1 events, but says 2");
        check_corrupt(1, 1, r#"[{"TimerFired":{"id":1}}]"#, "does not begin with TurnStarted");
        check_corrupt(
            3,
            1,
            r#"[{"TurnStarted":{"at":1}},{"TimerCanceled":{"id":1}},{"TimerFired":{"id":1}}]"#,
            "TimerFired stands among the decisions",
        );
        check_corrupt(
            3,
            1,
            r#"[{"TurnStarted":{"at":1}},{"ExecutionCompleted":{"output":1}},{"TimerCanceled":{"id":1}}]"#,
            "events follow the end",
        );
    }
}
