//! Whether a path can be a task hub: all that is found out before SQLite touches it.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use durable_core::store::StoreError;

use crate::pragma::APPLICATION_ID;

pub(crate) fn unusable(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), reason: reason.into() }
}

/// What a file is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// As a hub.
    Write,
    /// As a backup that is read once.
    Read,
}

/// What stands at the path.
pub(crate) enum Found {
    /// Nothing; a file can be made here.
    Nothing,
    /// A task hub, by its header.
    Hub,
}

/// The path with its directory resolved, so that the names of lock files are the same for every
/// process, whatever its current directory and whichever link it came by.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let Some(name) = path.file_name() else {
        return Err(unusable(path, "this is not the name of a file; give a file such as hub.db"));
    };
    if let Ok(real) = path.canonicalize() {
        return Ok(real);
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match parent.canonicalize() {
        Ok(parent) => Ok(parent.join(name)),
        Err(e) => {
            Err(unusable(path, format!("its directory {} cannot be opened ({e}); create it first", parent.display())))
        }
    }
}

/// Checks the file without SQLite, so that nothing is written to one that is refused.
pub(crate) fn inspect(path: &Path, what_for: Use) -> Result<Found, StoreError> {
    if what_for == Use::Write {
        check_directory(path)?;
    }
    let meta = match path.metadata() {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(unusable(path, format!("it cannot be examined: {e}"))),
    };
    if meta.is_dir() {
        return Err(unusable(path, "this is a directory; give the name of a file in it"));
    }
    if !meta.is_file() {
        return Err(unusable(path, "this is not a regular file"));
    }
    if meta.len() == 0 {
        return Err(unusable(path, "the file is empty, so it is not a task hub; delete it and a new one is made"));
    }
    if what_for == Use::Write && meta.permissions().readonly() {
        return Err(unusable(path, "the file is read-only; a task hub must be writable"));
    }
    check_header(path)?;
    Ok(Found::Hub)
}

fn check_directory(path: &Path) -> Result<(), StoreError> {
    let readonly = path.parent().and_then(|dir| dir.metadata().ok()).is_some_and(|m| m.permissions().readonly());
    if readonly {
        return Err(unusable(path, "its directory is read-only; SQLite keeps its log beside the file"));
    }
    Ok(())
}

/// A hub is made with its application id in the header of the file itself, before it gets its
/// name and its WAL; so the header alone tells.
fn check_header(path: &Path) -> Result<(), StoreError> {
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    const HEADER_BYTES: usize = 100;
    const APPLICATION_ID_AT: usize = 68;
    let not_a_database = || unusable(path, "this is not a SQLite database; give another path");
    let mut header = [0; HEADER_BYTES];
    File::open(path).and_then(|mut file| file.read_exact(&mut header)).map_err(|e| match e.kind() {
        ErrorKind::UnexpectedEof => not_a_database(),
        _ => unusable(path, format!("it cannot be read: {e}")),
    })?;
    if !header.starts_with(MAGIC) {
        return Err(not_a_database());
    }
    let id = header[APPLICATION_ID_AT..].iter().take(4).fold(0, |id, byte| id << 8 | i64::from(*byte));
    if id != APPLICATION_ID {
        return Err(unusable(
            path,
            format!(
                "this SQLite database belongs to another program (its application_id is {id}, a task hub's is {APPLICATION_ID}); give another path"
            ),
        ));
    }
    Ok(())
}
