//! What an orchestrator reads from its surroundings, changed and noticed while it is replayed.
//!
//! An orchestrator that is replayed must come to the same decisions. If it reads the clock, and the
//! replay runs a millisecond after the first run, both often agree by luck. Inside [`during`] they
//! do not: on the calling thread the clock is days ahead and jumps at each look, random bytes are
//! others, environment variables are set or gone; and whatever was read is reported with the place
//! in the user's code.
//!
//! It works by standing in the place of functions of the C library (`clock_gettime`, `getrandom`,
//! `getenv`, `clock_nanosleep`, `open`, `connect`, …): a program has only one symbol of a name, and its own
//! goes before that of a shared library. Each calls the original, found with `dlsym`; a thread that
//! is not inside [`during`] pays for one thread-local flag and gets exactly what the original
//! gives. The symbols are in a binary only if something in it refers to [`during`]: the test hub
//! does, `durable` without the feature `testing` does not depend on this crate.
//!
//! 64-bit Linux with glibc; elsewhere [`during`] runs its closure and sees nothing.
//!
//! What it does not see: what is read with system calls of one's own, directories that are listed
//! (`opendir`), what was read once before and kept (a `LazyLock`, the generator of a thread). An
//! allocator that reads the clock while it holds a lock that it needs for another allocation would
//! wait for itself: with such a one, do not use this.

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod armed;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod interpose;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod original;
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod stack;

/// What was read, or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum What {
    /// A clock was read.
    Clock,
    /// Random bytes were asked for.
    Random,
    /// An environment variable was read.
    Environment,
    /// The thread slept.
    Sleep,
    /// A file was opened, or asked about.
    File,
    /// A socket was made or connected, or a host was looked up.
    Network,
}

/// Something that was read, or done, inside [`during`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Sighting {
    /// What.
    pub what: What,
    /// `file:line` of the innermost function that belongs neither to the standard library nor to
    /// `durable` nor to a dependency. `None` if there is none, or the binary has no line tables.
    pub at: Option<String>,
}

/// Runs a closure; what it reads on this thread is changed and reported, each place once.
///
/// `seed` says how it is changed: another one gives other random bytes and another time. While
/// `is_exempt` says so, nothing is. Nor is what loggers, panics, backtraces and the keys of a `HashMap`
/// read: none of that is the closure's doing.
///
/// Inside another `during` it only runs the closure.
#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
pub fn during<T>(seed: u64, is_exempt: fn() -> bool, f: impl FnOnce() -> T) -> (T, Vec<Sighting>) {
    // So that the linker takes them.
    std::hint::black_box(interpose::ALL.addresses());
    armed::during(seed, is_exempt, f)
}

/// Runs a closure. On this platform nothing is changed, and nothing is seen.
#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
pub fn during<T>(_seed: u64, _is_exempt: fn() -> bool, f: impl FnOnce() -> T) -> (T, Vec<Sighting>) {
    (f(), Vec::new())
}
