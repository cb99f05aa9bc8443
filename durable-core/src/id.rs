//! Identities. Each is parsed once at the edge and is a type of its own from then on.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits::{INSTANCE_ID_CHARS_MAX, REQUEST_ID_CHARS_MAX};

/// The address of an instance: 1–256 characters, chosen by the caller or generated (UUIDv7).
///
/// An id may not start with `@` (reserved for entities), may not contain `\`, `#`, `?` or
/// control characters, nor begin or end with `/`. These are the rules of Durable Functions,
/// except that `/` between other characters is allowed: `parent/child` is how
/// sub-orchestrations are usually named.
///
/// ```
/// use durable_core::InstanceId;
/// assert!("order-7".parse::<InstanceId>().is_ok());
/// assert!("@order".parse::<InstanceId>().is_err());
/// assert!("".parse::<InstanceId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(Arc<str>);

/// Why a text is not an [`InstanceId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidInstanceId {
    /// No characters at all.
    #[error("an instance id is empty; give it 1 to {INSTANCE_ID_CHARS_MAX} characters")]
    Empty,
    /// More than [`INSTANCE_ID_CHARS_MAX`] characters.
    #[error("an instance id of {0} characters is too long; at most {INSTANCE_ID_CHARS_MAX} are allowed")]
    TooLong(usize),
    /// Starts with `@`, which marks entity ids.
    #[error("instance id {0:?} starts with `@`, which is reserved for entities")]
    ReservedPrefix(String),
    /// Holds a character that is not allowed.
    #[error(
        "instance id {id:?} contains {character:?}; `\\`, `#`, `?`, control characters, and `/` at either end are not allowed"
    )]
    ForbiddenCharacter {
        /// The id as it was given.
        id: String,
        /// The first offending character.
        character: char,
    },
}

impl InstanceId {
    /// Parses and checks an id.
    pub fn new(id: impl AsRef<str>) -> Result<Self, InvalidInstanceId> {
        let id = id.as_ref();
        if id.is_empty() {
            return Err(InvalidInstanceId::Empty);
        }
        let chars = id.chars().count();
        if chars > INSTANCE_ID_CHARS_MAX {
            return Err(InvalidInstanceId::TooLong(chars));
        }
        if id.starts_with('@') {
            return Err(InvalidInstanceId::ReservedPrefix(id.to_owned()));
        }
        let at_an_end = id.starts_with('/') || id.ends_with('/');
        let forbidden = |c: &char| matches!(c, '\\' | '#' | '?') || c.is_control() || (*c == '/' && at_an_end);
        if let Some(character) = id.chars().find(forbidden) {
            return Err(InvalidInstanceId::ForbiddenCharacter { id: id.to_owned(), character });
        }
        Ok(Self(id.into()))
    }

    /// An id read back from a store, which checked it when it was written.
    #[doc(hidden)]
    pub fn from_stored(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for InstanceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstanceId {
    type Err = InvalidInstanceId;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::new(s)
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client's own name for one request: 1–256 characters, no control characters. The same request
/// sent again, with the same id, has no second effect.
///
/// ```
/// use durable_core::RequestId;
/// assert!("pay-order-7".parse::<RequestId>().is_ok());
/// assert!("".parse::<RequestId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(Arc<str>);

/// Why a text is not a [`RequestId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a request id has 1 to {REQUEST_ID_CHARS_MAX} characters and no control characters; this one: {0:?}")]
pub struct InvalidRequestId(String);

impl RequestId {
    /// Parses and checks an id.
    pub fn new(id: impl AsRef<str>) -> Result<Self, InvalidRequestId> {
        let id = id.as_ref();
        let fits = (1..=REQUEST_ID_CHARS_MAX).contains(&id.chars().count());
        if !fits || id.chars().any(char::is_control) {
            return Err(InvalidRequestId(id.chars().take(REQUEST_ID_CHARS_MAX).collect()));
        }
        Ok(Self(id.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::new(s)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id! {
    /// The store's own number of an instance: small, never reused, also after a purge.
    InstanceKey(i64)
}
integer_id! {
    /// Which execution of an instance: 0 for the first, one more for each restart or
    /// continue-as-new.
    ExecutionId(u32)
}
integer_id! {
    /// The number of an event in its execution: 0, 1, 2 … without a gap.
    EventSeq(u64)
}
integer_id! {
    /// The number of a durable operation in its execution, in program order.
    TaskId(u64)
}
integer_id! {
    /// The store's number of a worker; never reused.
    WorkerId(i64)
}
integer_id! {
    /// The fencing token of a worker: raised when another worker takes over. It only grows.
    LeaseEpoch(u64)
}
integer_id! {
    /// The store's number of an inbox message, in order of arrival.
    MessageId(i64)
}

impl EventSeq {
    /// The number `count` events later.
    #[must_use]
    pub fn plus(self, count: u64) -> Self {
        Self(self.0 + count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, ok: bool) {
        assert_eq!(InstanceId::new(id).is_ok(), ok, "{id:?}");
    }

    #[test]
    fn ids_are_checked_at_the_edge() {
        check("a", true);
        check("parent/child-1", true);
        check("Größe 7 ✓", true);
        check(&"x".repeat(256), true);
        check("", false);
        check(&"x".repeat(257), false);
        check("@counter@a", false);
        check("/a", false);
        check("a/", false);
        check("a\\b", false);
        check("a#b", false);
        check("a?b", false);
        check("a\0b", false);
        check("a\nb", false);
    }
}
