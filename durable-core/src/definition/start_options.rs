//! What a start may say besides orchestrator, arguments and id.

use std::time::Duration;

use super::ReusePolicy;
use crate::tags::{InvalidTag, Tags};
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// When a start begins to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartTime {
    At(Timestamp),
    After(Duration),
}

impl StartTime {
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            StartTime::At(at) => at,
            StartTime::After(delay) => now + delay,
        }
    }
}

/// Everything that is optional in a start. Checked when it is started.
#[derive(Clone, Debug, Default)]
pub(crate) struct StartOptions {
    /// Instead of the definition's own.
    pub(crate) version: Option<String>,
    tags: Tags,
    invalid_tag: Option<InvalidTag>,
    pub(crate) request_id: Option<String>,
    pub(crate) reuse: ReusePolicy,
    pub(crate) trace: Option<TraceContext>,
    pub(crate) start: Option<StartTime>,
}

impl StartOptions {
    pub(crate) fn tag(&mut self, name: impl Into<String>, value: impl Into<String>) {
        if let Err(e) = self.tags.insert(name, value) {
            self.invalid_tag.get_or_insert(e);
        }
    }

    /// The tags, or the first one that cannot be one.
    pub(crate) fn tags(&self) -> Result<Tags, InvalidTag> {
        self.invalid_tag.clone().map_or_else(|| Ok(self.tags.clone()), Err)
    }
}
