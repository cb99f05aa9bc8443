//! What went wrong, in three shapes: [`Failure`] as it stands in a history, [`Error`] for users
//! who need no error type of their own, and [`CallError`] for who awaits a durable operation.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits::{FAILURE_CAUSES_MAX, FAILURE_TEXT_BYTES_MAX};
use crate::payload::{Payload, PayloadError};

/// How an operation or an execution failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FailureKind {
    /// User code returned `Err(..)`.
    Application,
    /// User code panicked.
    Panic,
    /// A time limit was reached.
    Timeout,
    /// It was cancelled before it had a result.
    Canceled,
    /// It was given up after it had killed its worker too often.
    Poisoned,
    /// An input or output did not fit its type, or was too large.
    Codec,
    /// It was ended on request.
    Terminated,
    /// It reached a limit of the engine.
    Limit,
}

/// A failure as it is recorded: a chain for humans and the user's own error for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// In which way.
    pub kind: FailureKind,
    /// One sentence for humans.
    pub message: String,
    /// The Rust type of the user's error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub type_name: String,
    /// What it was caused by, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The user's error, as its serde wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Payload>,
    /// Trying again would not help, whatever the retry policy says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub non_retryable: bool,
}

impl Failure {
    /// A failure with a message and nothing else. A very long message is cut.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        cut(&mut message);
        Self { kind, message, type_name: String::new(), causes: Vec::new(), details: None, non_retryable: false }
    }

    /// Records a user's error.
    pub fn application<E: Serialize>(error: &E, mut message: String, mut causes: Vec<String>) -> Self {
        cut(&mut message);
        causes.truncate(FAILURE_CAUSES_MAX);
        causes.iter_mut().for_each(cut);
        match Payload::encode(error) {
            Ok(details) => Self {
                kind: FailureKind::Application,
                message,
                type_name: std::any::type_name::<E>().to_owned(),
                causes,
                details: Some(details),
                non_retryable: false,
            },
            Err(e) => Self::new(FailureKind::Codec, format!("an error that could not be recorded ({e}): {message}")),
        }
    }
}

/// Cuts a text that is too long for a history, and says so.
fn cut(text: &mut String) {
    if text.len() > FAILURE_TEXT_BYTES_MAX {
        let end = text.floor_char_boundary(FAILURE_TEXT_BYTES_MAX);
        let rest = text.len() - end;
        text.truncate(end);
        text.push_str(&format!(" … ({rest} more bytes)"));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|c| write!(f, ": {c}"))
    }
}

impl From<PayloadError> for Failure {
    fn from(e: PayloadError) -> Self {
        Failure::new(FailureKind::Codec, e.to_string())
    }
}

/// An error of any origin, for orchestrators and activities that need no error type of their
/// own. Made by `?` from every `std::error::Error`, recorded with its chain of causes.
///
/// Like `anyhow::Error` it does not itself implement `std::error::Error`; that is what makes
/// the conversion possible.
///
/// ```
/// fn parse(s: &str) -> durable_core::Result<u32> {
///     Ok(s.parse::<u32>()?)
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    non_retryable: bool,
}

impl Error {
    /// An error with this message.
    pub fn msg(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), causes: Vec::new(), non_retryable: false }
    }

    /// The same error under a message that says what was being done.
    #[must_use]
    pub fn context(self, message: impl fmt::Display) -> Self {
        let mut causes = vec![self.message];
        causes.extend(self.causes);
        Self { message: message.to_string(), causes, non_retryable: self.non_retryable }
    }

    /// The same error, marked so that no retry policy tries again.
    #[must_use]
    pub fn non_retryable(mut self) -> Self {
        self.non_retryable = true;
        self
    }

    /// Whether it is marked so that no retry policy tries again.
    pub fn is_non_retryable(&self) -> bool {
        self.non_retryable
    }

    /// The outermost message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What it was caused by, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.causes
    }
}

impl Error {
    /// An error of whichever type, as far as its recorded text tells.
    pub(crate) fn of_failure(failure: Failure) -> Self {
        Self { message: failure.message, causes: failure.causes, non_retryable: failure.non_retryable }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|c| write!(f, ": {c}"))
    }
}

impl fmt::Debug for Error {
    /// The message and its causes, for `fn main() -> durable::Result<()>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(e: E) -> Self {
        Self { message: e.to_string(), causes: causes_of(&e), non_retryable: false }
    }
}

/// The messages of the errors below `e`.
pub(crate) fn causes_of(e: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(e.source(), |e| e.source()).map(ToString::to_string).collect()
}

/// `Result` with [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a durable operation gave no value.
///
/// `E` is the error type that the activity or orchestrator declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CallError<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked; the text of the panic.
    Panicked(String),
    /// It did not end in its time.
    TimedOut(String),
    /// It was cancelled.
    Canceled(String),
    /// It was terminated on request.
    Terminated(String),
    /// It was given up after it had killed its worker too often.
    Poisoned(String),
    /// Its input or output did not fit the types here, or no worker knows its name.
    Invalid(String),
}

impl<E: DeserializeOwned> From<Failure> for CallError<E> {
    fn from(f: Failure) -> Self {
        let text = f.to_string();
        match (f.kind, f.details) {
            (FailureKind::Application, Some(details)) => match details.decode() {
                Ok(e) => CallError::Failed(e),
                Err(e) => CallError::Invalid(format!("{text} (recorded as another error type: {e})")),
            },
            (FailureKind::Application, None) => CallError::Invalid(text),
            (FailureKind::Panic, _) => CallError::Panicked(text),
            (FailureKind::Timeout, _) => CallError::TimedOut(text),
            (FailureKind::Canceled, _) => CallError::Canceled(text),
            (FailureKind::Poisoned, _) => CallError::Poisoned(text),
            (FailureKind::Terminated, _) => CallError::Terminated(text),
            (FailureKind::Codec | FailureKind::Limit, _) => CallError::Invalid(text),
        }
    }
}

impl<E: fmt::Debug> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Failed(e) => write!(f, "{e:?}"),
            CallError::Panicked(m) => write!(f, "panicked: {m}"),
            CallError::TimedOut(m) => write!(f, "timed out: {m}"),
            CallError::Canceled(m) => write!(f, "canceled: {m}"),
            CallError::Terminated(m) => write!(f, "terminated: {m}"),
            CallError::Poisoned(m) => write!(f, "poisoned: {m}"),
            CallError::Invalid(m) => write!(f, "invalid: {m}"),
        }
    }
}

impl<E: fmt::Debug> std::error::Error for CallError<E> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_chain_through_json() {
        let e = Error::msg("no route").context("connecting").context("charging");
        let back: Error = Payload::encode(&e).unwrap().decode().unwrap();
        assert_eq!(back, e);
        assert_eq!(back.to_string(), "charging: connecting: no route");
    }

    #[test]
    fn a_recorded_error_comes_back_typed() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        enum ChargeError {
            CardDeclined,
        }
        let recorded = Failure::application(&ChargeError::CardDeclined, "declined".into(), vec![]);
        assert_eq!(CallError::from(recorded), CallError::Failed(ChargeError::CardDeclined));
    }
}
