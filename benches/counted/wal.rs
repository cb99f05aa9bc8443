//! Counts commits by SQLite's own log, so that nobody has to believe the store's statistics.
//!
//! With `synchronous = FULL` each commit ends with one fsync of the log. A commit is a frame that
//! says how large the file is after it. (`strace -f -e trace=fsync,fdatasync` says the same.)

use std::path::Path;

use anyhow::{Context as _, Result};

/// What stands in a log that was not begun anew since.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wal {
    pub(crate) commits: u64,
    /// Pages that were written.
    pub(crate) frames: u64,
    salt: [u8; 8],
}

impl Wal {
    pub(crate) fn since(&self, earlier: &Wal) -> Wal {
        // A log that was begun anew would be counted from the middle; none of the workloads here
        // is long enough for that.
        assert_eq!(self.salt, earlier.salt, "the log was begun anew");
        Wal { commits: self.commits - earlier.commits, frames: self.frames - earlier.frames, salt: self.salt }
    }
}

/// Reads the log of a database file: <https://www.sqlite.org/fileformat2.html#walformat>.
pub(crate) fn count(database: &Path) -> Result<Wal> {
    const HEADER_BYTES: usize = 32;
    const FRAME_HEADER_BYTES: usize = 24;
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let log = std::fs::read(&name)?;
    let header = log.get(..HEADER_BYTES).context("the log has no header")?;
    let page_bytes = u32::from_be_bytes(header[8..12].try_into()?) as usize;
    let mut wal = Wal { salt: header[16..24].try_into()?, ..Wal::default() };
    for frame in log[HEADER_BYTES..].chunks_exact(FRAME_HEADER_BYTES + page_bytes) {
        // What is left of the log's earlier life has another salt.
        if frame[8..16] != wal.salt {
            break;
        }
        wal.frames += 1;
        wal.commits += u64::from(frame[4..8] != [0; 4]);
    }
    Ok(wal)
}
