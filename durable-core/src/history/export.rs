//! Histories as JSON lines, to be kept in files: a user's CI replays them against new code.
//!
//! Version 1. The first line is the header:
//!
//! ```json
//! {"durable_history":1,"instance":"order-7","execution":0,"codec":1,"events":42}
//! ```
//!
//! `durable_history` is the version of this file format, `codec` that of the events
//! ([`CODEC_VERSION`]), `events` how many lines follow. Then there is one line per event, in order
//! and without gaps from 0 on:
//!
//! ```json
//! {"seq":0,"at":1767225600000000,"event":{"TurnStarted":{"at":1767225600000000}}}
//! ```
//!
//! `at` is the time of the event's turn in microseconds since 1970 (UTC); `event` is the event as
//! it stands in a store, payloads to the byte. Members that a reader does not know are passed over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::codec::{CODEC_VERSION, PackedTurn};
use super::{History, Turn};
use crate::id::{EventSeq, ExecutionId, InstanceId};
use crate::time::Timestamp;

/// The file format that [`History::to_json_lines`] writes.
pub const HISTORY_EXPORT_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    durable_history: u32,
    instance: String,
    execution: ExecutionId,
    codec: u32,
    events: u64,
}

/// The one thing that is the same in every version.
#[derive(Deserialize)]
struct AnyHeader {
    durable_history: u32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: EventSeq,
    at: Timestamp,
    event: Box<RawValue>,
}

/// Why a text is not an exported history. Lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryImportError {
    /// There is nothing in it.
    #[error("the text is empty: an exported history begins with a header line")]
    Empty,
    /// A line is not JSON.
    #[error("line {line} is not JSON: {reason}")]
    NotJson {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line is JSON, but not what belongs there.
    #[error("line {line} is not {wanted}: {reason}")]
    WrongStructure {
        /// Which line.
        line: usize,
        /// What belongs there.
        wanted: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Written by a newer build.
    #[error("line {line}: the {what} has version {found}, but this build reads up to {known}: use a newer build")]
    UnknownVersion {
        /// Which line.
        line: usize,
        /// File format or event format.
        what: &'static str,
        /// Its version.
        found: u32,
        /// The highest that is known here.
        known: u32,
    },
    /// An event is missing, or stands in the wrong place.
    #[error("line {line}: event {found} stands where event {expected} should be")]
    Gap {
        /// Which line.
        line: usize,
        /// The number that should come.
        expected: EventSeq,
        /// The number that came.
        found: EventSeq,
    },
    /// Lines are missing at the end, or the last is cut off.
    #[error("the text ends at line {line} after {found} of {expected} events")]
    Truncated {
        /// The last line.
        line: usize,
        /// How many events the header says there are.
        expected: u64,
        /// How many whole ones there are.
        found: u64,
    },
}

impl History {
    /// Writes it as JSON lines: a header, then one line per event. The format is versioned; every
    /// later build reads it.
    ///
    /// ```
    /// use durable_core::history::{History, HistoryImportError};
    /// use durable_core::{ExecutionId, InstanceId};
    /// let history = History { instance: "order-7".parse().unwrap(), execution: ExecutionId(0), turns: vec![] };
    /// let text = history.to_json_lines();
    /// assert_eq!(text, "{\"durable_history\":1,\"instance\":\"order-7\",\"execution\":0,\"codec\":1,\"events\":0}\n");
    /// assert_eq!(History::from_json_lines(&text).unwrap(), history);
    /// ```
    pub fn to_json_lines(&self) -> String {
        let header = Header {
            durable_history: HISTORY_EXPORT_VERSION,
            instance: self.instance.to_string(),
            execution: self.execution,
            codec: CODEC_VERSION,
            events: self.turns.iter().map(Turn::count).sum(),
        };
        let mut text = json(&header);
        text.push('\n');
        for e in self.events() {
            let event = RawValue::from_string(json(&e.event)).expect("what serde_json wrote is JSON");
            text.push_str(&json(&Line { seq: e.seq, at: e.at, event }));
            text.push('\n');
        }
        text
    }

    /// Reads what [`History::to_json_lines`] wrote. Blank lines are passed over.
    ///
    /// # Errors
    ///
    /// [`HistoryImportError`] says what is wrong in which line.
    pub fn from_json_lines(text: &str) -> Result<Self, HistoryImportError> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty());
        let (line, first) = lines.next().ok_or(HistoryImportError::Empty)?;
        let header = header(line, first)?;
        let instance = InstanceId::new(&header.instance).map_err(|e| HistoryImportError::WrongStructure {
            line,
            wanted: "the header of an exported history",
            reason: e.to_string(),
        })?;
        let (mut turns, mut open) = (Vec::new(), None::<OpenTurn>);
        let (mut count, mut last_line) = (0, line);
        for (line, text) in lines {
            last_line = line;
            let parsed = match parse::<Line>(line, text, "an event of an exported history") {
                // The last line, cut off in the middle.
                Err((_, true)) if count < header.events => break,
                Err((e, _)) => return Err(e),
                Ok(parsed) => parsed,
            };
            if parsed.seq != EventSeq(count) {
                return Err(HistoryImportError::Gap { line, expected: EventSeq(count), found: parsed.seq });
            }
            count += 1;
            let begins = parsed.event.get().trim_start_matches(['{', ' ', '\t']).starts_with("\"TurnStarted\"");
            if begins && let Some(turn) = open.take() {
                turns.push(turn.close(header.codec)?);
            }
            open.get_or_insert_with(|| OpenTurn::new(line, &parsed)).push(line, &parsed)?;
        }
        if count < header.events {
            return Err(HistoryImportError::Truncated { line: last_line, expected: header.events, found: count });
        }
        if count > header.events {
            let reason = format!("the header says that there are {} events", header.events);
            return Err(HistoryImportError::WrongStructure { line: last_line, wanted: "the end", reason });
        }
        if let Some(turn) = open {
            turns.push(turn.close(header.codec)?);
        }
        Ok(History { instance, execution: header.execution, turns })
    }
}

/// Plain data of this crate.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("events and payloads can be written as JSON")
}

fn header(line: usize, text: &str) -> Result<Header, HistoryImportError> {
    const WANTED: &str = "the header of an exported history";
    let version: AnyHeader = parse(line, text, WANTED).map_err(|(e, _)| e)?;
    let newer = |what, found, known| HistoryImportError::UnknownVersion { line, what, found, known };
    if version.durable_history != HISTORY_EXPORT_VERSION {
        return Err(newer("file format", version.durable_history, HISTORY_EXPORT_VERSION));
    }
    let header: Header = parse(line, text, WANTED).map_err(|(e, _)| e)?;
    if header.codec > CODEC_VERSION {
        return Err(newer("event format", header.codec, CODEC_VERSION));
    }
    Ok(header)
}

/// Reads a line; with an error, whether the line ends too early.
fn parse<'a, T: Deserialize<'a>>(
    line: usize,
    text: &'a str,
    wanted: &'static str,
) -> Result<T, (HistoryImportError, bool)> {
    serde_json::from_str(text).map_err(|e| {
        let reason = e.to_string();
        match e.is_data() {
            true => (HistoryImportError::WrongStructure { line, wanted, reason }, false),
            false => (HistoryImportError::NotJson { line, reason }, e.is_eof()),
        }
    })
}

/// A turn of which more events may come.
struct OpenTurn {
    line: usize,
    seq: EventSeq,
    at: Timestamp,
    count: u64,
    body: String,
}

impl OpenTurn {
    fn new(line: usize, first: &Line) -> Self {
        Self { line, seq: first.seq, at: first.at, count: 0, body: String::new() }
    }

    fn push(&mut self, line: usize, event: &Line) -> Result<(), HistoryImportError> {
        if event.at != self.at {
            let reason = format!("its time is {}, but that of its turn is {}", event.at, self.at);
            return Err(HistoryImportError::WrongStructure { line, wanted: "an event of the turn before it", reason });
        }
        self.body.push(if self.count == 0 { '[' } else { ',' });
        self.body.push_str(event.event.get());
        self.count += 1;
        Ok(())
    }

    fn close(mut self, codec: u32) -> Result<Turn, HistoryImportError> {
        self.body.push(']');
        let packed = PackedTurn { seq: self.seq, count: self.count, codec, body: Arc::from(self.body) };
        let wrong = |reason| HistoryImportError::WrongStructure {
            line: self.line,
            wanted: "the beginning of a turn that can be read",
            reason,
        };
        let turn = packed.unpack().map_err(|e| wrong(e.to_string()))?;
        match turn.at == self.at {
            true => Ok(turn),
            false => Err(wrong(format!("its time is {}, but its event says {}", self.at, turn.at))),
        }
    }
}
