//! A dependency of the cases: some of it is pure, some is not.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub const LIMIT: u64 = 3;

pub fn stamp() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

#[macro_export]
macro_rules! stamp {
    () => {
        $crate::stamp()
    };
}

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

pub fn uptime_base() -> u64 {
    u64::from(*STARTED > *STARTED)
}

pub trait Configured {
    fn setting(&self, name: &str) -> String {
        std::env::var(name).unwrap_or_default()
    }
}

pub struct Guard(&'static str);

impl Guard {
    pub fn new(name: &'static str) -> Self {
        Self(name)
    }

    pub fn name(&self) -> &str {
        self.0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        println!("{} is over", self.0);
    }
}

pub trait Policy {
    fn wait(&self, attempt: u64) -> u64;
}

pub fn total_wait<P: Policy>(policy: &P, attempts: u64) -> u64 {
    (0..attempts).map(|attempt| policy.wait(attempt)).sum()
}

pub fn c_time() -> u64 {
    unsafe extern "C" {
        fn time(at: *mut i64) -> i64;
    }
    // SAFETY: `time` takes a null pointer.
    unsafe { time(std::ptr::null_mut()) }.unsigned_abs()
}

pub fn first_word(text: &str) -> u64 {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split(' ') {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().next().map_or(0, |(_, count)| count)
}

pub fn checksum(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
}

pub trait Source {
    fn read(&self) -> String;
}

struct FileSource(&'static str);

impl Source for FileSource {
    fn read(&self) -> String {
        std::fs::read_to_string(self.0).unwrap_or_default()
    }
}

pub fn source(name: &'static str) -> Box<dyn Source> {
    Box::new(FileSource(name))
}

#[macro_export]
macro_rules! stamp_within_a_closure {
    () => {
        (|| $crate::stamp())()
    };
}
