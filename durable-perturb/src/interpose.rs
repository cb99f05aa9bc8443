//! The functions that stand in the place of the C library's.
//!
//! Their signatures are those of the C library on 64-bit Linux. `open` and its like take their mode as a
//! variadic argument: it comes where a third (fourth) argument comes, and is handed on whether it
//! was given or not; the original does not look at it if not.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use libc::{addrinfo, clockid_t, mode_t, size_t, sockaddr, socklen_t, ssize_t, time_t, timespec, timeval};

use crate::What;
use crate::armed::{is_armed, notice};
use crate::original::Original;

/// Their names, and a table of them: one reference to it keeps them all.
macro_rules! all {
    ($($name:ident)*) => {
        pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];
        pub(crate) static ALL: All = All(&[$($name as *const c_void),*]);
    };
}

all! {
    clock_gettime gettimeofday time getrandom getentropy getenv secure_getenv nanosleep clock_nanosleep open open64
    openat openat64 statx socket connect getaddrinfo
}

pub(crate) struct All(&'static [*const c_void]);

// SAFETY: the pointers are addresses of functions, which nobody reads through.
unsafe impl Sync for All {}

impl All {
    pub(crate) fn addresses(&self) -> &'static [*const c_void] {
        self.0
    }
}

/// Calls the original of this name with these arguments.
macro_rules! original {
    ($name:literal, fn($($type:ty),*) -> $out:ty, $($argument:expr),*) => {{
        static ORIGINAL: Original = Original::named($name);
        // SAFETY: it is the C library's function of this name, which has this signature; the
        // arguments are the caller's, who keeps its contract.
        let original: unsafe extern "C" fn($($type),*) -> $out = unsafe { std::mem::transmute(ORIGINAL.address()) };
        // SAFETY: as above.
        unsafe { original($($argument),*) }
    }};
}

// ------------------------------------------------------------------ clock

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, to: *mut timespec) -> c_int {
    let result = original!(c"clock_gettime", fn(clockid_t, *mut timespec) -> c_int, clock, to);
    if result == 0
        && let Some(change) = notice(What::Clock)
    {
        // SAFETY: the original has just written there.
        unsafe { (*to).tv_sec += change.seconds() };
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(to: *mut timeval, zone: *mut c_void) -> c_int {
    let result = original!(c"gettimeofday", fn(*mut timeval, *mut c_void) -> c_int, to, zone);
    if result == 0
        && !to.is_null()
        && let Some(change) = notice(What::Clock)
    {
        // SAFETY: it is not null, and the original has just written there.
        unsafe { (*to).tv_sec += change.seconds() };
    }
    result
}

#[unsafe(no_mangle)]
unsafe extern "C" fn time(to: *mut time_t) -> time_t {
    let mut now = original!(c"time", fn(*mut time_t) -> time_t, to);
    if now != -1
        && let Some(change) = notice(What::Clock)
    {
        now += change.seconds();
        if !to.is_null() {
            // SAFETY: it is not null, and the original has just written there.
            unsafe { *to = now };
        }
    }
    now
}

// ------------------------------------------------------------------ randomness

/// Fills with the bytes of this run, if it is to.
///
/// # Safety
///
/// There are `len` bytes to write at `to`.
unsafe fn fill(to: *mut c_void, len: size_t) -> bool {
    let Some(change) = notice(What::Random) else { return false };
    for (n, byte) in change.bytes().take(len).enumerate() {
        // SAFETY: `n` is below `len`, and the caller has `len` bytes there.
        unsafe { to.cast::<u8>().add(n).write(byte) };
    }
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(to: *mut c_void, len: size_t, flags: c_uint) -> ssize_t {
    // SAFETY: so says the contract of `getrandom`. A call for no bytes asks whether there is one.
    if len > 0 && unsafe { fill(to, len) } {
        return len as ssize_t;
    }
    original!(c"getrandom", fn(*mut c_void, size_t, c_uint) -> ssize_t, to, len, flags)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(to: *mut c_void, len: size_t) -> c_int {
    // SAFETY: so says the contract of `getentropy`.
    if len > 0 && unsafe { fill(to, len) } {
        return 0;
    }
    original!(c"getentropy", fn(*mut c_void, size_t) -> c_int, to, len)
}

// ------------------------------------------------------------------ environment

/// What is set is gone, and what is not is set.
///
/// # Safety
///
/// `name` is a string of C.
unsafe fn change_variable(name: *const c_char, value: *mut c_char) -> *mut c_char {
    if !is_armed() {
        return value;
    }
    // SAFETY: so says the caller.
    let name = unsafe { CStr::from_ptr(name) };
    // `RUST_BACKTRACE` and its like: whoever captures a backtrace, and not to be remembered wrong.
    if name.to_bytes().starts_with(b"RUST_") || notice(What::Environment).is_none() {
        return value;
    }
    if value.is_null() { c"perturbed".as_ptr().cast_mut() } else { std::ptr::null_mut() }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
    let value = original!(c"getenv", fn(*const c_char) -> *mut c_char, name);
    // SAFETY: so says the contract of `getenv`.
    unsafe { change_variable(name, value) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn secure_getenv(name: *const c_char) -> *mut c_char {
    let value = original!(c"secure_getenv", fn(*const c_char) -> *mut c_char, name);
    // SAFETY: so says the contract of `secure_getenv`.
    unsafe { change_variable(name, value) }
}

// ------------------------------------------------------------------ sleep

#[unsafe(no_mangle)]
unsafe extern "C" fn nanosleep(time: *const timespec, left: *mut timespec) -> c_int {
    // Not waited for: the first run has done so.
    if notice(What::Sleep).is_some() {
        return 0;
    }
    original!(c"nanosleep", fn(*const timespec, *mut timespec) -> c_int, time, left)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    time: *const timespec,
    left: *mut timespec,
) -> c_int {
    if notice(What::Sleep).is_some() {
        return 0;
    }
    original!(
        c"clock_nanosleep",
        fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int,
        clock,
        flags,
        time,
        left
    )
}

// ------------------------------------------------------------------ files

/// Notes a file of the user's. Not those that whoever prints a backtrace looks into: the program,
/// libraries, `/proc`. That must not lead to looking at the stack, which reads the same files.
///
/// # Safety
///
/// `path` is a string of C, or null.
unsafe fn note_file(path: *const c_char) {
    static PROGRAM: OnceLock<Option<std::path::PathBuf>> = OnceLock::new();
    if !is_armed() || path.is_null() {
        return;
    }
    // SAFETY: it is not null, and so says the caller.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    let of_debugger = |end: &[u8]| path.ends_with(end);
    let is_library = of_debugger(b".so") || path.windows(4).any(|part| part == b".so.");
    if is_library || of_debugger(b".debug") || of_debugger(b".dwp") || path.starts_with(b"/proc/") {
        return;
    }
    let program = PROGRAM.get_or_init(|| std::env::current_exe().ok());
    if program.as_ref().is_some_and(|program| program.as_os_str().as_bytes() == path) {
        return;
    }
    notice(What::File);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: so says the contract of `open`.
    unsafe { note_file(path) };
    original!(c"open", fn(*const c_char, c_int, mode_t) -> c_int, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: so says the contract of `open64`.
    unsafe { note_file(path) };
    original!(c"open64", fn(*const c_char, c_int, mode_t) -> c_int, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: so says the contract of `openat`.
    unsafe { note_file(path) };
    original!(c"openat", fn(c_int, *const c_char, c_int, mode_t) -> c_int, at, path, flags, mode)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn openat64(at: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: so says the contract of `openat64`.
    unsafe { note_file(path) };
    original!(c"openat64", fn(c_int, *const c_char, c_int, mode_t) -> c_int, at, path, flags, mode)
}

/// `statx`: what `std::fs::metadata` asks.
#[unsafe(no_mangle)]
unsafe extern "C" fn statx(at: c_int, path: *const c_char, flags: c_int, mask: c_uint, to: *mut libc::statx) -> c_int {
    // An empty path: it asks about a file that is open already, or whether there is a `statx`.
    // SAFETY: so says the contract of `statx`; null is looked at first.
    if !path.is_null() && unsafe { *path } != 0 {
        // SAFETY: as above.
        unsafe { note_file(path) };
    }
    original!(c"statx", fn(c_int, *const c_char, c_int, c_uint, *mut libc::statx) -> c_int, at, path, flags, mask, to)
}

// ------------------------------------------------------------------ network

#[unsafe(no_mangle)]
unsafe extern "C" fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int {
    notice(What::Network);
    original!(c"socket", fn(c_int, c_int, c_int) -> c_int, domain, kind, protocol)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn connect(socket: c_int, address: *const sockaddr, len: socklen_t) -> c_int {
    notice(What::Network);
    original!(c"connect", fn(c_int, *const sockaddr, socklen_t) -> c_int, socket, address, len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    to: *mut *mut addrinfo,
) -> c_int {
    notice(What::Network);
    original!(
        c"getaddrinfo",
        fn(*const c_char, *const c_char, *const addrinfo, *mut *mut addrinfo) -> c_int,
        node,
        service,
        hints,
        to
    )
}
