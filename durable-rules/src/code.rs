//! The error codes.

use std::fmt;

/// Why something is no part of an orchestrator. Each has a page: `cargo durable explain D0001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// D0001: the clock.
    Clock,
    /// D0002: randomness.
    Randomness,
    /// D0003: environment variables, arguments, directories.
    Environment,
    /// D0004: files and standard streams.
    Io,
    /// D0005: network and databases.
    Network,
    /// D0006: threads and channels.
    Threads,
    /// D0007: another async runtime.
    Runtime,
    /// D0008: state that outlives the orchestrator's run.
    SharedState,
    /// D0009: the process and its host.
    Host,
    /// D0010: the host's locale and time zone.
    Zone,
    /// D0011: interception of panics.
    Panics,
    /// D0012: memory addresses.
    Addresses,
    /// D0013: hashes that change from one release to the next.
    UnstableHash,
    /// D0014: printing.
    Printing,
    /// D0015: iteration in no defined order.
    UnorderedIteration,
    /// D0016: awaiting what is not durable.
    ForeignAwait,
    /// D0017: code that the checks cannot see into.
    Unsafe,
}

/// Everything that is to say of a code.
struct Entry {
    code: Code,
    id: &'static str,
    title: &'static str,
    does: &'static str,
    why: &'static str,
    instead: &'static str,
    page: &'static str,
}

/// `does` follows the name of what was found; `why` stands alone; `instead` follows "help:".
macro_rules! entries {
    ($($code:ident $id:literal $title:literal { does: $does:literal, why: $why:literal, instead: $instead:literal })*) => {
        static ENTRIES: &[Entry] = &[$(Entry {
            code: Code::$code,
            id: $id,
            title: $title,
            does: $does,
            why: $why,
            instead: $instead,
            page: include_str!(concat!("../pages/", $id, ".md")),
        }),*];
    };
}

entries! {
    Clock "D0001" "the clock" {
        does: "reads the clock",
        why: "a replay would read another time than the first run did",
        instead: "write `ctx.now()`: the recorded time of this turn"
    }
    Randomness "D0002" "randomness" {
        does: "draws randomness",
        why: "a replay would draw other values than the first run did",
        instead: "write `ctx.random()` or `ctx.new_uuid()`: the same values in every replay"
    }
    Environment "D0003" "the environment" {
        does: "reads the environment of the process",
        why: "a replay may run in another process, with another environment",
        instead: "pass it in the orchestration's input, read it in an `#[activity]`, or record it once with `ctx.side_effect(|| ..)`"
    }
    Io "D0004" "input and output" {
        does: "performs I/O",
        why: "a replay would do it again, and may see something else",
        instead: "do it in an `#[activity]` and write `ctx.call(..).await`"
    }
    Network "D0005" "network and databases" {
        does: "talks to the network or a database",
        why: "a replay would do it again, and may get another answer",
        instead: "do it in an `#[activity]` and write `ctx.call(..).await`"
    }
    Threads "D0006" "threads and channels" {
        does: "uses threads or channels",
        why: "what other threads do, and when, is not in the history",
        instead: "run things in parallel with `durable::join!` or `durable::join_all(..)` over `ctx.call(..)`"
    }
    Runtime "D0007" "another async runtime" {
        does: "belongs to another async runtime",
        why: "its order of events is not in the history, and no such runtime drives an orchestrator",
        instead: "use `durable::join!`, `durable::select!` or `durable::join_all(..)`; wait with `ctx.timer(..)` or `ctx.event(..)`"
    }
    SharedState "D0008" "shared state" {
        does: "shares state outside the history",
        why: "it keeps its value from one replay to the next, and loses it with the process",
        instead: "keep state in local variables; share it between orchestrations through an entity or an activity"
    }
    Host "D0009" "the process and its host" {
        does: "depends on the process or its host",
        why: "a replay may run in another process, on another host",
        instead: "do it in an `#[activity]` and write `ctx.call(..).await`"
    }
    Zone "D0010" "locale and time zone" {
        does: "depends on the host's locale or time zone",
        why: "a replay may run where they are set otherwise",
        instead: "carry the zone in the orchestration's input, and convert `ctx.now()` with it"
    }
    Panics "D0011" "interception of panics" {
        does: "intercepts panics",
        why: "the engine must see a panic: it fails the execution, or parks it when the code has changed",
        instead: "return a `Result` for the errors that you handle"
    }
    Addresses "D0012" "memory addresses" {
        does: "observes a memory address",
        why: "addresses differ from one replay to the next",
        instead: "compare, hash and order by value"
    }
    UnstableHash "D0013" "unstable hashes" {
        does: "computes a hash that is not specified",
        why: "its values may change with the next release of Rust, under running instances",
        instead: "use a hash with a specification, such as `blake3`, `sha2` or `xxhash-rust`"
    }
    Printing "D0014" "printing" {
        does: "prints, again with every replay",
        why: "an orchestrator's code runs many times: each replay would print the line again",
        instead: "write `durable::info!(ctx, ..)` or `tracing::info!(..)`: silent while replaying"
    }
    UnorderedIteration "D0015" "unordered iteration" {
        does: "iterates in no defined order",
        why: "the order differs from one replay to the next",
        instead: "use a `BTreeMap` or `BTreeSet`; lookups by key are fine in any map"
    }
    ForeignAwait "D0016" "awaiting what is not durable" {
        does: "is no durable operation",
        why: "what the history does not record would never end in a replay, or end differently",
        instead: "await `ctx.call(..)`, `ctx.timer(..)` or `ctx.event(..)`; put `#[durable::helper]` on async helper functions"
    }
    Unsafe "D0017" "unsafe code" {
        does: "is unsafe code",
        why: "the checks cannot see what it does, so they cannot vouch for a replay",
        instead: "move it into an `#[activity]`, or vouch for it: `durable::trust!(\"why it is deterministic\", ..)`"
    }
}

impl Code {
    /// Every code, in the order of the numbers.
    pub fn all() -> impl Iterator<Item = Code> {
        ENTRIES.iter().map(|entry| entry.code)
    }

    /// The code of this number, such as `D0001`.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Code> {
        ENTRIES.iter().find(|entry| entry.id.eq_ignore_ascii_case(id)).map(|entry| entry.code)
    }

    /// The number.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// What it is about.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.entry().title
    }

    /// What the code does that was found: "reads the clock".
    #[must_use]
    pub fn does(self) -> &'static str {
        self.entry().does
    }

    /// Why that breaks an orchestrator, in one clause.
    #[must_use]
    pub fn why(self) -> &'static str {
        self.entry().why
    }

    /// What to write instead.
    #[must_use]
    pub fn instead(self) -> &'static str {
        self.entry().instead
    }

    /// The documentation page, in Markdown.
    #[must_use]
    pub fn page(self) -> &'static str {
        self.entry().page
    }

    /// Declared in one order, so that the number is the place.
    fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_the_place() {
        for (place, code) in Code::all().enumerate() {
            assert_eq!(code as usize, place);
            assert_eq!(code.id(), format!("D{:04}", place + 1));
            assert_eq!(Code::by_id(code.id()), Some(code));
        }
        assert_eq!(Code::by_id("D9999"), None);
    }

    #[test]
    fn every_page_says_what_why_and_instead() {
        for code in Code::all() {
            let page = code.page();
            assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "{code} has another title");
            for section in ["## What", "## Why", "## Instead", "## Example"] {
                assert!(page.contains(section), "{code} has no {section}");
            }
        }
    }
}
