//! W3C trace context: how the spans of one orchestration find each other.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A W3C `traceparent`: a trace, and the span in it under which something was started.
///
/// ```
/// use durable_core::TraceContext;
/// let of: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
/// assert_eq!(format!("{:032x}", of.trace_id()), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!("00-0-0-01".parse::<TraceContext>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceContext {
    /// In halves: as a `u128` it would be aligned to 16 bytes, and so would all that holds one.
    trace: [u64; 2],
    span: NonZeroU64,
    flags: u8,
}

/// Why a text is not a `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a W3C traceparent: it looks like 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, not all zero"
)]
pub struct InvalidTraceContext(String);

impl TraceContext {
    /// A context; `None` if trace or span are zero, which the standard forbids.
    pub fn new(trace: u128, span: u64, sampled: bool) -> Option<Self> {
        let span = NonZeroU64::new(span).filter(|_| trace != 0)?;
        Some(Self { trace: halves(trace), span, flags: u8::from(sampled) })
    }

    /// The trace.
    pub fn trace_id(&self) -> u128 {
        u128::from(self.trace[0]) << 64 | u128::from(self.trace[1])
    }

    /// The span.
    pub fn span_id(&self) -> u64 {
        self.span.get()
    }

    /// Whether it is recorded.
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// Another span of the same trace.
    #[must_use]
    pub fn child(&self, span: u64) -> Self {
        Self { span: NonZeroU64::new(span).unwrap_or(NonZeroU64::MIN), ..*self }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn halves(trace: u128) -> [u64; 2] {
    [(trace >> 64) as u64, trace as u64]
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id(), self.span, self.flags)
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTraceContext(s.chars().take(64).collect());
        let is_hex = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut parts = s.split('-');
        let (Some(version), Some(trace), Some(span), Some(flags)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        // A later version may have more parts; what it shares with this one stands first.
        let fits = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
        let ends = version != "00" || parts.next().is_none();
        if !fits || !ends || version == "ff" || ![version, trace, span, flags].into_iter().all(is_hex) {
            return Err(invalid());
        }
        let trace = u128::from_str_radix(trace, 16).map_err(|_| invalid())?;
        let span = u64::from_str_radix(span, 16).map_err(|_| invalid())?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| invalid())?;
        let span = NonZeroU64::new(span).filter(|_| trace != 0).ok_or_else(invalid)?;
        Ok(Self { trace: halves(trace), span, flags })
    }
}

impl TryFrom<String> for TraceContext {
    type Error = InvalidTraceContext;
    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<TraceContext> for String {
    fn from(of: TraceContext) -> Self {
        of.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, ok: bool) {
        assert_eq!(text.parse::<TraceContext>().is_ok_and(|of| ok && of.to_string()[2..] == text[2..55]), ok, "{text}");
    }

    #[test]
    fn a_traceparent_is_read_and_written() {
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true);
        check("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false);
        check("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false);
        check("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false);
        check("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false);
        check("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false);
        check("", false);
    }
}
