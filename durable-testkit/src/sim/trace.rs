//! What a run did, as text and as a hash of it.

use std::fmt::{self, Write as _};

use durable_core::Timestamp;

/// FNV-1a over every line; the lines themselves only if they are wanted.
#[derive(Debug)]
pub(super) struct Trace {
    hash: u64,
    line: String,
    text: Option<String>,
}

impl Trace {
    pub(super) fn new(keep: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, line: String::new(), text: keep.then(String::new) }
    }

    pub(super) fn line(&mut self, at: Timestamp, what: fmt::Arguments<'_>) {
        self.line.clear();
        // Writing to a String cannot fail.
        let _ = writeln!(self.line, "{:>12.3} ms  {what}", at.unix_micros() as f64 / 1000.0);
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
        if let Some(text) = &mut self.text {
            text.push_str(&self.line);
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn into_text(self) -> String {
        self.text.unwrap_or_default()
    }
}
