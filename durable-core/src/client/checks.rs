//! What is checked before anything is written.

use super::ClientError;
use crate::id::RequestId;
use crate::limits::{FAILURE_TEXT_BYTES_MAX, NAME_CHARS_MAX};
use crate::store::Request;

/// A name of `what`: 1 to [`NAME_CHARS_MAX`] characters, no control characters.
pub(super) fn name(what: &'static str, name: &str) -> Result<String, ClientError> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(ClientError::InvalidName { what, name: name.chars().take(NAME_CHARS_MAX).collect() });
    }
    Ok(name.to_owned())
}

/// A version: as a name, or empty.
pub(super) fn version(version: &str) -> Result<String, ClientError> {
    if version.is_empty() { Ok(String::new()) } else { name("version", version) }
}

/// A reason: what a history keeps of a failure's text.
pub(super) fn reason(reason: String) -> Result<String, ClientError> {
    if reason.len() > FAILURE_TEXT_BYTES_MAX { Err(ClientError::ReasonTooLong(reason.len())) } else { Ok(reason) }
}

/// The request, if it has an id.
pub(super) fn request(id: Option<String>, operation: impl FnOnce() -> String) -> Result<Option<Request>, ClientError> {
    match id {
        Some(id) => Ok(Some(Request { id: RequestId::new(id)?, operation: operation() })),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(text: &str, ok: bool) {
        assert_eq!(name("event name", text).is_ok(), ok, "{text:?}");
    }

    #[test]
    fn names_are_checked_at_the_edge() {
        check_name("approved", true);
        check_name("Größe 7 ✓; DROP TABLE", true);
        check_name(&"ü".repeat(NAME_CHARS_MAX), true);
        check_name("", false);
        check_name(&"x".repeat(NAME_CHARS_MAX + 1), false);
        check_name("a\0b", false);
        check_name("a\nb", false);
        assert_eq!(version("").unwrap(), "");
        assert!(version("\u{7f}").is_err());
    }

    #[test]
    fn reasons_are_no_longer_than_a_history_keeps() {
        assert!(reason("x".repeat(FAILURE_TEXT_BYTES_MAX)).is_ok());
        assert_eq!(
            reason("x".repeat(FAILURE_TEXT_BYTES_MAX + 1)).unwrap_err(),
            ClientError::ReasonTooLong(FAILURE_TEXT_BYTES_MAX + 1)
        );
    }
}
