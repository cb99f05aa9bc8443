//! SQLite's errors in the words of the contract.

use std::path::Path;

use durable_core::store::StoreError;

use crate::file::unusable;

// Primary result codes, https://sqlite.org/rescode.html.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOTADB: i32 = 26;

/// The primary result code of an error that SQLite reported.
pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    const PRIMARY: i32 = 0xff;
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & PRIMARY)
}

/// An error of a statement that was not a COMMIT: nothing was written.
pub(crate) fn not_applied(error: &sqlx::Error) -> StoreError {
    let text = error.to_string();
    match primary_code(error) {
        Some(BUSY | LOCKED) => StoreError::Busy(format!("another process is writing to it: {text}")),
        Some(FULL) => StoreError::Full(text),
        Some(CORRUPT | NOTADB) => StoreError::Corrupt(text),
        _ => match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Corrupt(text),
            _ => StoreError::Other(text),
        },
    }
}

/// An error of a COMMIT. A busy or full one is known not to have happened, once the transaction
/// is rolled back; of every other it is unknown.
pub(crate) fn at_commit(error: &sqlx::Error, rolled_back: bool) -> StoreError {
    match primary_code(error) {
        Some(BUSY | LOCKED | FULL) if rolled_back => not_applied(error),
        _ => StoreError::Unknown(error.to_string()),
    }
}

/// An error of a copy to this file. Of the source, only that it cannot be read.
pub(crate) fn at_copy(target: &Path, error: &sqlx::Error) -> StoreError {
    const CANTOPEN: i32 = 14;
    match primary_code(error) {
        Some(CANTOPEN) => unusable(target, format!("it cannot be written: {error}")),
        _ => not_applied(error),
    }
}

/// A value in a row that is not what the engine writes.
pub(crate) fn corrupt(what: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(what.to_string())
}
