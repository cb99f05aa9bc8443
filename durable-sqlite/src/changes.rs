//! Whether anybody wrote: by a look at the log's file, which costs 1 µs and wakes no thread
//! (`PRAGMA data_version` costs two thread hops, 25 times a second, for an idle worker).

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Longer than the steps in which file systems count time (Linux: up to 10 ms): two writes within
/// one step look the same, so after a change the mark moves on until it was asked for once after
/// this long.
const SETTLES_AFTER: Duration = Duration::from_millis(50);

/// The log's length and time of its last write.
type Stamp = Option<(u64, SystemTime)>;

pub(crate) struct Changes {
    wal: PathBuf,
    seen: Mutex<Seen>,
}

struct Seen {
    stamp: Stamp,
    since: Instant,
    settled: bool,
    mark: u64,
}

impl Changes {
    pub(crate) fn of(path: &Path) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self { wal: wal.into(), seen: Mutex::new(Seen { stamp: None, since: Instant::now(), settled: false, mark: 0 }) }
    }

    /// The log's length; 0 without one.
    pub(crate) fn wal_bytes(&self) -> u64 {
        std::fs::metadata(&self.wal).map_or(0, |meta| meta.len())
    }

    /// Another number than before if anybody may have written since.
    pub(crate) fn mark(&self) -> u64 {
        // No log: nobody has written since it was opened.
        let stamp = std::fs::metadata(&self.wal).ok().and_then(|meta| Some((meta.len(), meta.modified().ok()?)));
        let seen = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.stamp != stamp {
            seen.stamp = stamp;
            seen.since = Instant::now();
            seen.settled = false;
            seen.mark += 1;
        } else if !seen.settled {
            seen.settled = seen.since.elapsed() >= SETTLES_AFTER;
            seen.mark += 1;
        }
        seen.mark
    }
}
