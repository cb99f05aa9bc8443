//! What only the object code shows: private paths, and functions of C.
//!
//! The object check reads these beside the rows of the table. A leaf here decides before the
//! table does.

use crate::Code;

/// Who must call a leaf for it to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever does.
    Anyone,
    /// The user's own code. What a dependency keeps for itself (a cache, a lock) may be harmless.
    User,
    /// Nobody: it is harmless.
    Nobody,
}

/// A function, or all below a path, as the object code names it.
#[derive(Clone, Copy, Debug)]
pub struct Leaf {
    /// Why it is forbidden.
    pub code: Code,
    /// Who must call it.
    pub caller: Caller,
    /// The defining path; what is below it is meant as well.
    pub path: &'static str,
}

const fn leaf(code: Code, caller: Caller, path: &'static str) -> Leaf {
    Leaf { code, caller, path }
}

/// Leaves of Rust. The longest path that fits decides.
pub static LEAVES: &[Leaf] = &[
    // Clocks
    leaf(Code::Clock, Caller::Anyone, "std::time::Instant::now"),
    leaf(Code::Clock, Caller::Anyone, "std::time::Instant::elapsed"),
    leaf(Code::Clock, Caller::Anyone, "std::time::SystemTime::now"),
    leaf(Code::Clock, Caller::Anyone, "std::time::SystemTime::elapsed"),
    leaf(Code::Zone, Caller::Anyone, "chrono::offset::local"),
    // Every file is looked at once more when it is dropped.
    leaf(Code::Io, Caller::Nobody, "std::sys::fs::unix::debug_assert_fd_is_open"),
    // Standard streams
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::_print"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::_eprint"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::print_to"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::stdout"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::stderr"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::Stdout"),
    leaf(Code::Printing, Caller::Anyone, "std::io::stdio::Stderr"),
    leaf(Code::Io, Caller::Anyone, "std::io::stdio::stdin"),
    leaf(Code::Io, Caller::Anyone, "std::io::stdio::Stdin"),
    leaf(Code::Host, Caller::Anyone, "std::io::stdio::is_terminal"),
    // Network. Parsing an address is `core::net`.
    leaf(Code::Network, Caller::Anyone, "std::net::socket_addr::ToSocketAddrs::to_socket_addrs"),
    leaf(Code::Network, Caller::Anyone, "std::net::socket_addr::lookup_host"),
    leaf(Code::Network, Caller::Anyone, "std::net::hostname"),
    // Threads. What a mutex asks of its own thread is no thread of the user.
    leaf(Code::Threads, Caller::Nobody, "std::thread::panicking"),
    leaf(Code::Threads, Caller::Nobody, "std::thread::local"),
    leaf(Code::SharedState, Caller::User, "std::thread::local::LocalKey"),
    leaf(Code::Threads, Caller::User, "std::thread::current"),
    leaf(Code::Threads, Caller::User, "std::thread::thread"),
    leaf(Code::Threads, Caller::User, "std::thread::functions::park"),
    leaf(Code::Threads, Caller::User, "std::thread::functions::yield_now"),
    // Regular expressions size their caches by it.
    leaf(Code::Host, Caller::User, "std::thread::functions::available_parallelism"),
    // Errors of libraries capture a backtrace, and show it only to who asks.
    leaf(Code::Host, Caller::User, "std::backtrace"),
    leaf(Code::Host, Caller::Nobody, "std::sys::backtrace"),
    leaf(Code::Host, Caller::Nobody, "std::process::ExitCode"),
    // An `Arc` that is cloned too often ends the process.
    leaf(Code::Host, Caller::User, "std::process::abort"),
    leaf(Code::Panics, Caller::User, "std::panic::catch_unwind"),
    leaf(Code::Panics, Caller::User, "std::panic::set_hook"),
    leaf(Code::Panics, Caller::User, "std::panic::take_hook"),
    leaf(Code::Panics, Caller::User, "std::panicking::set_hook"),
    leaf(Code::Panics, Caller::User, "std::panicking::take_hook"),
    // Locks
    leaf(Code::SharedState, Caller::User, "std::sync::poison::mutex::Mutex::lock"),
    leaf(Code::SharedState, Caller::User, "std::sync::poison::mutex::Mutex::try_lock"),
    leaf(Code::SharedState, Caller::User, "std::sync::poison::rwlock::RwLock::read"),
    leaf(Code::SharedState, Caller::User, "std::sync::poison::rwlock::RwLock::write"),
    leaf(Code::SharedState, Caller::User, "std::sync::poison::condvar::Condvar"),
    leaf(Code::SharedState, Caller::User, "std::sync::barrier::Barrier::wait"),
    leaf(Code::SharedState, Caller::User, "std::sync::once_lock::OnceLock::get"),
    leaf(Code::SharedState, Caller::User, "std::sync::once_lock::OnceLock::set"),
    leaf(Code::SharedState, Caller::User, "lock_api::mutex::Mutex::lock"),
    leaf(Code::SharedState, Caller::User, "lock_api::mutex::Mutex::try_lock"),
    leaf(Code::SharedState, Caller::User, "lock_api::rwlock::RwLock::read"),
    leaf(Code::SharedState, Caller::User, "lock_api::rwlock::RwLock::write"),
    // The keys of a hash map's hasher are random; a map may be looked up in.
    leaf(Code::Randomness, Caller::Nobody, "std::hash::random::RandomState::new"),
    leaf(Code::Randomness, Caller::User, "std::hash::random::RandomState::build_hasher"),
    leaf(Code::Randomness, Caller::User, "std::hash::random::RandomState::hash_one"),
    leaf(Code::UnstableHash, Caller::User, "std::hash::random::DefaultHasher::new"),
    leaf(Code::UnstableHash, Caller::User, "std::hash::random::DefaultHasher::default"),
    // A generator with a seed
    leaf(Code::Randomness, Caller::Nobody, "fastrand::Rng"),
    leaf(Code::Randomness, Caller::Anyone, "fastrand::Rng::new"),
    leaf(Code::Randomness, Caller::Anyone, "fastrand::Rng::default"),
    // Sources of randomness below what the table names
    leaf(Code::Randomness, Caller::Anyone, "rand::rngs::thread"),
    leaf(Code::Randomness, Caller::Anyone, "rand::rngs::os"),
    leaf(Code::Randomness, Caller::Anyone, "rand_core::os"),
    leaf(Code::Randomness, Caller::Anyone, "tokio::macros::support::thread_rng_n"),
    leaf(Code::Randomness, Caller::Anyone, "uuid::rng"),
];

/// Crates whose answers follow from what they are given, although within they look at the thread
/// they run on, size a cache by the machine, or visit a table in no order.
pub const VETTED: &[&str] = &["aho_corasick", "anyhow", "eyre", "once_cell", "regex", "regex_automata", "regex_syntax"];

/// What a foreign function does, by its name in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Computes, allocates, moves memory.
    Harmless,
    /// Has an effect, or an answer that differs.
    Forbidden(Code),
    /// Nothing is known of it.
    Unknown,
}

/// What is known of a function of C.
#[must_use]
pub fn foreign(name: &str) -> Foreign {
    let harmless = HARMLESS.contains(&name) || HARMLESS_BEGIN.iter().any(|begin| name.starts_with(begin));
    if harmless {
        return Foreign::Harmless;
    }
    match FORBIDDEN.iter().find(|(_, names)| names.contains(&name)) {
        Some((code, _)) => Foreign::Forbidden(*code),
        None => Foreign::Unknown,
    }
}

const HARMLESS: &[&str] = &[
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "memchr",
    "memrchr",
    "strlen",
    "strnlen",
    "strcmp",
    "strncmp",
    "strcpy",
    "strncpy",
    "strchr",
    "strrchr",
    "strcat",
    "strtol",
    "strtoul",
    "strtoll",
    "strtoull",
    "strtod",
    "malloc",
    "calloc",
    "realloc",
    "free",
    "posix_memalign",
    "aligned_alloc",
    "_aligned_malloc",
    "_aligned_free",
    "abort",
    "qsort",
    "bsearch",
    "snprintf",
    "vsnprintf",
    "fmod",
    "fmodf",
    "pow",
    "powf",
    "exp",
    "expf",
    "exp2",
    "exp2f",
    "expm1",
    "expm1f",
    "log",
    "logf",
    "log2",
    "log2f",
    "log10",
    "log10f",
    "log1p",
    "log1pf",
    "sin",
    "sinf",
    "cos",
    "cosf",
    "tan",
    "tanf",
    "asin",
    "asinf",
    "acos",
    "acosf",
    "atan",
    "atanf",
    "atan2",
    "atan2f",
    "sinh",
    "sinhf",
    "cosh",
    "coshf",
    "tanh",
    "tanhf",
    "asinh",
    "asinhf",
    "acosh",
    "acoshf",
    "atanh",
    "atanhf",
    "sqrt",
    "sqrtf",
    "cbrt",
    "cbrtf",
    "hypot",
    "hypotf",
    "fma",
    "fmaf",
    "ceil",
    "ceilf",
    "floor",
    "floorf",
    "round",
    "roundf",
    "rint",
    "rintf",
    "trunc",
    "truncf",
    "fabs",
    "fabsf",
    "copysign",
    "ldexp",
    "frexp",
    "fdim",
    "fdimf",
    "lgamma_r",
    "tgamma",
    "rust_eh_personality",
    "__tls_get_addr",
    "tlv_bootstrap",
    "_tlv_bootstrap",
];

/// The compiler's own: unwinding, wide arithmetic, stack probes, allocation.
const HARMLESS_BEGIN: &[&str] =
    &["_Unwind_", "__rust", "rust_", "__", "_GLOBAL_OFFSET_TABLE_", "DW.ref", "_CxxThrow", "_tls_index", "_fltused"];

const FORBIDDEN: &[(Code, &[&str])] = &[
    (
        Code::Clock,
        &[
            "time",
            "gettimeofday",
            "clock_gettime",
            "clock",
            "times",
            "ftime",
            "mach_absolute_time",
            "mach_continuous_time",
            "clock_gettime_nsec_np",
            "GetSystemTimeAsFileTime",
            "GetSystemTimePreciseAsFileTime",
            "GetSystemTime",
            "GetLocalTime",
            "QueryPerformanceCounter",
            "GetTickCount",
            "GetTickCount64",
            "timespec_get",
        ],
    ),
    (
        Code::Randomness,
        &[
            "rand",
            "rand_r",
            "random",
            "drand48",
            "lrand48",
            "mrand48",
            "arc4random",
            "arc4random_buf",
            "arc4random_uniform",
            "getrandom",
            "getentropy",
            "SecRandomCopyBytes",
            "CCRandomGenerateBytes",
            "BCryptGenRandom",
            "SystemFunction036",
            "ProcessPrng",
        ],
    ),
    (
        Code::Environment,
        &[
            "getenv",
            "secure_getenv",
            "setenv",
            "unsetenv",
            "environ",
            "getcwd",
            "GetEnvironmentVariableW",
            "GetCommandLineW",
        ],
    ),
    (
        Code::Io,
        &[
            "open",
            "open64",
            "openat",
            "openat64",
            "creat",
            "read",
            "write",
            "pread",
            "pwrite",
            "readv",
            "writev",
            "close",
            "fopen",
            "fopen64",
            "fread",
            "fwrite",
            "fgets",
            "fputs",
            "fclose",
            "stat",
            "stat64",
            "fstat",
            "fstat64",
            "lstat",
            "lstat64",
            "unlink",
            "rename",
            "mkdir",
            "rmdir",
            "opendir",
            "readdir",
            "readdir64",
            "CreateFileW",
            "ReadFile",
            "WriteFile",
        ],
    ),
    (Code::Printing, &["printf", "puts", "putchar", "fprintf", "vprintf", "perror"]),
    (
        Code::Network,
        &[
            "socket",
            "connect",
            "bind",
            "listen",
            "accept",
            "accept4",
            "send",
            "sendto",
            "recv",
            "recvfrom",
            "getaddrinfo",
            "gethostbyname",
        ],
    ),
    (Code::Threads, &["pthread_create", "sleep", "usleep", "nanosleep", "sched_yield", "CreateThread", "Sleep"]),
    (
        Code::Host,
        &[
            "getpid",
            "getppid",
            "gettid",
            "getuid",
            "geteuid",
            "getgid",
            "gethostname",
            "uname",
            "sysinfo",
            "getrusage",
            "getloadavg",
            "fork",
            "execve",
            "execvp",
            "posix_spawn",
            "kill",
            "exit",
            "_exit",
            "system",
            "popen",
            "GetCurrentProcessId",
            "GetComputerNameW",
            "sched_getcpu",
        ],
    ),
    (Code::Zone, &["localtime", "localtime_r", "tzset", "mktime", "setlocale", "localeconv", "nl_langinfo"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_c_is_known_or_not() {
        assert_eq!(foreign("memcpy"), Foreign::Harmless);
        assert_eq!(foreign("__divti3"), Foreign::Harmless);
        assert_eq!(foreign("time"), Foreign::Forbidden(Code::Clock));
        assert_eq!(foreign("frobnicate"), Foreign::Unknown);
    }
}
