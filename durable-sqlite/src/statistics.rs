//! Figures of the hub, each from an index or from SQLite's own books.

use durable_core::Timestamp;
use durable_core::store::{InstanceFilter, StoreError, StoreStatistics};
use sqlx::AssertSqlSafe;

use crate::SqliteStore;
use crate::query::{count_sql, counted};
use crate::rows::{column, number};
use crate::script::{Args, rows_of};

/// What is ready at `$1`, messages, workers, requests, pages.
pub(crate) const FIGURES: &str = "SELECT count(*), min(wake_at) FROM durable_instances WHERE wake_at <= $1; \
    SELECT count(*) FROM durable_inbox; \
    SELECT count(*) FROM durable_workers WHERE fenced = 0; \
    SELECT count(*) FROM durable_requests; \
    SELECT p.page_count * s.page_size, f.freelist_count * s.page_size \
    FROM pragma_page_count AS p, pragma_page_size AS s, pragma_freelist_count AS f";

impl SqliteStore {
    pub(crate) async fn figures(&self, now: Timestamp) -> Result<StoreStatistics, StoreError> {
        const SIZES: usize = 4;
        const COUNTS: usize = 5;
        let counts = count_sql(&InstanceFilter::default(), &[]).map_or_else(String::new, |(text, _)| text);
        let args = Args::default().with(now.unix_micros());
        let mut steps = self.read_all(AssertSqlSafe(format!("{FIGURES}; {counts}")), args).await?;
        let counts = steps.split_off(COUNTS.min(steps.len()));
        let mut statistics = StoreStatistics::default();
        statistics.by_status = counted(counts)?;
        if let Some(row) = rows_of(&mut steps, 0).first() {
            statistics.ready = number(row, 0)?;
            statistics.oldest_ready = column::<Option<i64>>(row, 1)?.map(Timestamp::from_unix_micros);
        }
        let fields = [&mut statistics.inbox, &mut statistics.workers, &mut statistics.requests];
        for (step, field) in (1..).zip(fields) {
            if let Some(row) = rows_of(&mut steps, step).first() {
                *field = number(row, 0)?;
            }
        }
        if let Some(row) = rows_of(&mut steps, SIZES).first() {
            statistics.database_bytes = Some(number(row, 0)?);
            statistics.free_bytes = Some(number(row, 1)?);
        }
        statistics.wal_bytes = Some(self.inner.changes.wal_bytes());
        Ok(statistics)
    }
}
