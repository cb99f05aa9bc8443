//! What may be done around the second run of a turn.

use std::fmt;

/// Something that the second run of a turn has read from its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sighting {
    /// What was read: "the clock was read".
    pub what: String,
    /// Where, if it is known to be in the user's code: `file:line`.
    pub at: Option<String>,
    /// What to write instead, as an imperative.
    pub instead: String,
}

impl Sighting {
    /// A sighting.
    pub fn new(what: impl Into<String>, at: Option<String>, instead: impl Into<String>) -> Self {
        Self { what: what.into(), at, instead: instead.into() }
    }
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(at) = &self.at {
            write!(f, " at {at}")?;
        }
        write!(f, ": {}", self.instead)
    }
}

/// Wraps the second run of each turn (see [`Settings::double_run`](crate::worker::Settings::double_run)): the
/// test hub lets it see other surroundings than the first run saw, and notes what it looks at.
pub trait SecondRun: Send + Sync {
    /// Calls `run` once, on this thread, and tells what it has read. While
    /// [`is_exempt`](crate::is_exempt) says so, it may read what it likes.
    fn around(&self, run: &mut dyn FnMut()) -> Vec<Sighting>;
}
