//! What the kernel says of this process.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Run time of the threads that live now, to the nanosecond. Between two calls no thread of the
/// benchmark ends.
pub(crate) fn cpu_time() -> Result<Duration> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let schedstat = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += schedstat.split_whitespace().next().context("schedstat is empty")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// How often threads that live now gave up the processor of their own will.
pub(crate) fn voluntary_switches() -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        sum += status_number(&thread?.path().join("status"), "voluntary_ctxt_switches:")?;
    }
    Ok(sum)
}

/// Resident memory.
pub(crate) fn rss_mb() -> Result<f64> {
    Ok(status_number("/proc/self/status".as_ref(), "VmRSS:")? as f64 / 1024.0)
}

fn status_number(file: &std::path::Path, name: &str) -> Result<u64> {
    let status = fs::read_to_string(file)?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(line.split_whitespace().next().context("no value")?.parse()?)
}
