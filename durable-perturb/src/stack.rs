//! Who reads: the stack of the calling thread.
//!
//! Not with `std::backtrace`: its lock may be held by this very thread, in user code that prints a
//! backtrace.

use std::ffi::c_void;
use std::path::{Path, PathBuf};

use crate::interpose;

/// How deep the stack is looked through.
const FRAMES_MAX: usize = 256;

/// Who reads something.
#[derive(Debug)]
pub(crate) enum Reader {
    /// `file:line` in the user's code.
    User(String),
    /// The place is not known.
    Unknown,
    /// It does not count: a logger, the keys of a `HashMap`, …
    Excused,
}

/// The return addresses, innermost first.
#[inline(never)]
pub(crate) fn frames() -> Vec<usize> {
    let mut frames = Vec::with_capacity(64);
    backtrace::trace(|frame| {
        frames.push(frame.ip() as usize);
        frames.len() < FRAMES_MAX
    });
    frames
}

/// Goes through the frames, from inside out, to the first of the user's, and not beyond the engine
/// that polls the orchestrator.
pub(crate) fn reader(frames: &[usize]) -> Reader {
    // What is further in than the C library's function is this crate.
    let mut is_outside = false;
    for ip in frames {
        // Inlined functions are several in one frame.
        let mut functions = Vec::new();
        backtrace::resolve(*ip as *mut c_void, |symbol| {
            let name = symbol.name();
            // `{:#}`: without the hashes that the compiler adds.
            let name = name.map(|name| format!("{name:#}")).unwrap_or_default();
            functions.push((name, symbol.filename().map(Path::to_owned), symbol.lineno()));
        });
        for (name, file, line) in functions {
            if !is_outside {
                is_outside = interpose::NAMES.contains(&name.as_str());
                continue;
            }
            if is_engine(&name) {
                return Reader::Unknown;
            }
            if is_excused(&name) {
                return Reader::Excused;
            }
            if let (Some(file), Some(line)) = (file, line)
                && is_users(&name, &file)
            {
                return Reader::User(format!("{}:{line}", shortened(file).display()));
            }
        }
    }
    Reader::Unknown
}

/// What polls orchestrators: what is further out does not run in one.
fn is_engine(function: &str) -> bool {
    function.contains("durable_core::replay::execution::") || function.contains("durable_perturb::armed::during")
}

/// What may read: the keys of hash maps (their order is found by other means, and a map that is only
/// looked up is harmless), what writes logs and metrics, what captures backtraces, the fairness of
/// locks.
fn is_excused(function: &str) -> bool {
    const PARTS: [&str; 4] = ["RandomState", "hashmap_random_keys", "std::backtrace", "std::sys::backtrace"];
    const CRATES: [&str; 16] = [
        "ahash",
        "backtrace",
        "env_logger",
        "fern",
        "foldhash",
        "log",
        "metrics",
        "opentelemetry",
        "opentelemetry_sdk",
        "parking_lot_core",
        "slog",
        "tracing",
        "tracing_core",
        "tracing_log",
        "tracing_subscriber",
        "hashbrown",
    ];
    PARTS.iter().any(|part| function.contains(part)) || CRATES.contains(&krate(function))
}

fn is_users(function: &str, file: &Path) -> bool {
    const OTHERS: [&str; 9] =
        ["std", "core", "alloc", "tokio", "durable", "durable_core", "durable_perturb", "durable_testkit", "backtrace"];
    // The registry, checkouts of git dependencies, the standard library's sources.
    const ELSEWHERE: [&str; 4] = ["/registry/src/", "/git/checkouts/", "/rustc/", "/rustlib/src/"];
    let file = file.to_string_lossy();
    !OTHERS.contains(&krate(function)) && !ELSEWHERE.iter().any(|part| file.contains(part)) && file.ends_with(".rs")
}

/// The crate of a function: of `<&mut dyn a::B as c::D>::e` it is `a`.
fn krate(function: &str) -> &str {
    let mut rest = function;
    loop {
        rest = rest.trim_start_matches(['<', '&', '*', '[', '(', ' ']);
        let word = ["mut ", "dyn ", "const "].iter().find_map(|word| rest.strip_prefix(word));
        let Some(after) = word else { break };
        rest = after;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    &rest[..end]
}

/// As the compiler names it, where the test runs in its package.
fn shortened(file: PathBuf) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| file.strip_prefix(here).map(Path::to_owned).ok()).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::krate;

    #[test]
    fn the_crate_of_a_function() {
        for (function, expected) in [
            ("flows::wait::{{closure}}", "flows"),
            ("<flows::Job as core::cmp::Ord>::cmp", "flows"),
            ("<&mut dyn flows::Job as core::fmt::Debug>::fmt", "flows"),
            ("<alloc::boxed::Box<F> as core::future::Future>::poll", "alloc"),
            ("clock_gettime", "clock_gettime"),
            ("", ""),
        ] {
            assert_eq!(krate(function), expected, "{function}");
        }
    }
}
