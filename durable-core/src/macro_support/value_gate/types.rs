//! Which types the rules are for: the standard library's, and tokio's as far as this crate uses it.

use std::collections::{HashMap, HashSet, hash_map, hash_set};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{self, Arc, atomic, mpsc};
use std::time::{Instant, SystemTime};
use std::{borrow::Cow, env, fs, hash, io, net, process, thread};

use super::rules::*;

/// Must not be the result of a call.
pub trait DeniedValue {
    /// By which rule.
    type Rule: Default;
}
/// Must not be the result of a conversion.
pub trait DeniedFrom {
    /// By which rule.
    type Rule: Default;
}
/// Must not be the receiver of a method. Where it is asked the type is known up to what pointers
/// point to, and not always further, so nothing here depends on parameters of types.
pub trait DeniedHandle {
    /// By which rule.
    type Rule: Default;
}
/// Must not be iterated.
pub trait DeniedIteration {
    /// By which rule.
    type Rule: Default;
}
/// Must not be printed or recorded.
pub trait DeniedContents {
    /// By which rule.
    type Rule: Default;
}
/// Has methods that look at the file system.
pub trait DeniedPath {
    /// By which rule.
    type Rule: Default;
}
/// Has an `elapsed` that reads the clock.
pub trait DeniedElapsed {
    /// By which rule.
    type Rule: Default;
}

/// Types that must not appear at all.
macro_rules! denied {
    ($($Rule:ident: $([$($generics:tt)*] $T:ty),+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::macro_support::DeniedHandle for $T { type Rule = $crate::macro_support::$Rule<Self>; }
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::macro_support::DeniedValue for $T { type Rule = $crate::macro_support::$Rule<Self>; }
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::macro_support::DeniedFrom for $T { type Rule = $crate::macro_support::$Rule<Self>; }
    )+)*};
}
#[allow(unused_imports)] // Without the features `check-…` nothing uses it.
pub(super) use denied;

/// One question's types.
macro_rules! denied_for {
    ($Denied:ident, $Rule:ident: $([$($generics:tt)*] $T:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $crate::macro_support::$Denied for $T { type Rule = $crate::macro_support::$Rule<Self>; }
    )+};
}
#[allow(unused_imports)]
pub(super) use denied_for;

/// What points to a denied type is denied for the same reason.
macro_rules! through_pointers {
    ($($Denied:ident),+: $(<$($lifetime:lifetime)?> $T:ty),+) => { through_pointers!(@each [$($Denied)+] [$([<$($lifetime)?> $T])+]); };
    (@each [$($Denied:ident)+] $types:tt) => { $(through_pointers!(@one $Denied $types);)+ };
    (@one $Denied:ident [$([<$($lifetime:lifetime)?> $T:ty])+]) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($lifetime,)? T: ?Sized + $Denied> $Denied for $T { type Rule = T::Rule; }
    )+};
}

/// What contains a denied type is denied for the same reason; the first of several decides:
/// `Result<File, _>`, `(Sender<_>, Receiver<_>)`.
macro_rules! through_containers {
    ($Denied:ident: $(<$($U:ident)?> $T:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: $Denied $(, $U)?> $Denied for $T { type Rule = T::Rule; }
    )+};
}

denied! {
    ReadsClock: [] Instant, [] tokio::time::Instant;
    DrawsRandomness: [] hash::RandomState;
    HashesUnstably: [] hash::DefaultHasher;
    ReadsEnvironment: [] env::Args, [] env::ArgsOs, [] env::Vars, [] env::VarsOs;
    DoesIo:
        [] fs::File, [] fs::Metadata, [] fs::ReadDir, [] fs::DirEntry, [] fs::OpenOptions, [] fs::DirBuilder,
        [] io::Stdin, [] io::Stdout, [] io::Stderr,
        ['a] io::StdinLock<'a>, ['a] io::StdoutLock<'a>, ['a] io::StderrLock<'a>,
        [] io::PipeReader, [] io::PipeWriter;
    UsesNetwork: [] net::TcpStream, [] net::TcpListener, [] net::UdpSocket;
    UsesThreads:
        [T] thread::JoinHandle<T>, ['a, T] thread::ScopedJoinHandle<'a, T>, [] thread::Builder,
        [] thread::Thread, [] thread::ThreadId,
        [T] mpsc::Sender<T>, [T] mpsc::SyncSender<T>, [T] mpsc::Receiver<T>,
        ['a, T] mpsc::Iter<'a, T>, ['a, T] mpsc::TryIter<'a, T>, [T] mpsc::IntoIter<T>,
        [] sync::Barrier, [] sync::Condvar;
    SharesState:
        [T: ?Sized] sync::Mutex<T>, [T: ?Sized] sync::RwLock<T>,
        ['a, T: ?Sized] sync::MutexGuard<'a, T>,
        ['a, T: ?Sized] sync::RwLockReadGuard<'a, T>, ['a, T: ?Sized] sync::RwLockWriteGuard<'a, T>,
        [T] sync::OnceLock<T>, [] sync::Once, [T: 'static] thread::LocalKey<T>,
        [] atomic::AtomicBool, [] atomic::AtomicUsize, [] atomic::AtomicIsize,
        [] atomic::AtomicU8, [] atomic::AtomicU16, [] atomic::AtomicU32, [] atomic::AtomicU64,
        [] atomic::AtomicI8, [] atomic::AtomicI16, [] atomic::AtomicI32, [] atomic::AtomicI64,
        [T] atomic::AtomicPtr<T>;
    UsesHost:
        [] process::Command, [] process::Child, [] process::Output, [] process::ExitStatus,
        [] process::ChildStdin, [] process::ChildStdout, [] process::ChildStderr,
        [] std::backtrace::Backtrace;
    IteratesUnordered:
        ['a, K, V] hash_map::Iter<'a, K, V>, ['a, K, V] hash_map::IterMut<'a, K, V>,
        ['a, K, V] hash_map::Keys<'a, K, V>,
        ['a, K, V] hash_map::Values<'a, K, V>, ['a, K, V] hash_map::ValuesMut<'a, K, V>,
        ['a, K, V] hash_map::Drain<'a, K, V>, ['a, K, V, F] hash_map::ExtractIf<'a, K, V, F>,
        [K, V] hash_map::IntoIter<K, V>, [K, V] hash_map::IntoKeys<K, V>, [K, V] hash_map::IntoValues<K, V>,
        ['a, K] hash_set::Iter<'a, K>, [K] hash_set::IntoIter<K>,
        ['a, K] hash_set::Drain<'a, K>, ['a, K, F] hash_set::ExtractIf<'a, K, F>,
        ['a, K, S] hash_set::Union<'a, K, S>, ['a, K, S] hash_set::Intersection<'a, K, S>,
        ['a, K, S] hash_set::Difference<'a, K, S>, ['a, K, S] hash_set::SymmetricDifference<'a, K, S>;
    UsesForeignRuntime:
        [T] tokio::task::JoinHandle<T>, [T] tokio::task::JoinSet<T>, [] tokio::task::AbortHandle,
        [] tokio::task::LocalSet, [] tokio::runtime::Handle, [] tokio::runtime::Runtime, [] tokio::runtime::Builder,
        [] tokio::time::Interval,
        [T: ?Sized] tokio::sync::Mutex<T>, [T: ?Sized] tokio::sync::RwLock<T>, [] tokio::sync::Notify,
        [] tokio::sync::Semaphore, [] tokio::sync::Barrier, [T] tokio::sync::OnceCell<T>,
        ['a, T: ?Sized] tokio::sync::MutexGuard<'a, T>,
        ['a, T: ?Sized] tokio::sync::RwLockReadGuard<'a, T>, ['a, T: ?Sized] tokio::sync::RwLockWriteGuard<'a, T>,
        ['a] tokio::sync::SemaphorePermit<'a>,
        [T] tokio::sync::mpsc::Sender<T>, [T] tokio::sync::mpsc::Receiver<T>,
        [T] tokio::sync::mpsc::UnboundedSender<T>, [T] tokio::sync::mpsc::UnboundedReceiver<T>,
        [T] tokio::sync::oneshot::Sender<T>, [T] tokio::sync::oneshot::Receiver<T>,
        [T] tokio::sync::watch::Sender<T>, [T] tokio::sync::watch::Receiver<T>,
        [T] tokio::sync::broadcast::Sender<T>, [T] tokio::sync::broadcast::Receiver<T>;
    ObservesAddress: [T: ?Sized] *const T, [T: ?Sized] *mut T, [T: ?Sized] std::ptr::NonNull<T>;
}

#[cfg(unix)]
denied! {
    UsesNetwork:
        [] std::os::unix::net::UnixStream, [] std::os::unix::net::UnixListener, [] std::os::unix::net::UnixDatagram;
}

denied_for! { DeniedValue, ReadsClock: [] SystemTime }
denied_for! { DeniedElapsed, ComparesToClock: [] Instant, [] SystemTime, [] tokio::time::Instant }
denied_for! { DeniedPath, LooksAtFiles: [] Path, [] PathBuf }
denied_for! {
    DeniedIteration, IteratesUnordered:
    [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S>,
    ['a, K, V] hash_map::Iter<'a, K, V>, ['a, K, V] hash_map::IterMut<'a, K, V>,
    ['a, K, V] hash_map::Keys<'a, K, V>,
    ['a, K, V] hash_map::Values<'a, K, V>, ['a, K, V] hash_map::ValuesMut<'a, K, V>,
    ['a, K, V] hash_map::Drain<'a, K, V>,
    [K, V] hash_map::IntoIter<K, V>, [K, V] hash_map::IntoKeys<K, V>, [K, V] hash_map::IntoValues<K, V>,
    ['a, K] hash_set::Iter<'a, K>, [K] hash_set::IntoIter<K>, ['a, K] hash_set::Drain<'a, K>
}
denied_for! { DeniedIteration, UsesThreads: [T] mpsc::Receiver<T> }
denied_for! { DeniedIteration, ReadsEnvironment: [] env::Args, [] env::ArgsOs, [] env::Vars, [] env::VarsOs }
denied_for! { DeniedIteration, DoesIo: [] fs::ReadDir }
denied_for! { DeniedContents, ContainsUnordered: [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S> }

through_pointers! {
    DeniedHandle, DeniedValue, DeniedFrom, DeniedIteration, DeniedContents, DeniedPath, DeniedElapsed:
    <'a> &'a T, <'a> &'a mut T, <> Box<T>, <> Rc<T>, <> Arc<T>
}
through_containers! { DeniedValue: <> Option<T>, <> Pin<T>, <E> Result<T, E>, <U> (T, U) }
through_containers! { DeniedFrom: <> Option<T>, <> Pin<T>, <E> Result<T, E>, <U> (T, U) }
through_containers! { DeniedHandle: <> Pin<T> }
through_containers! { DeniedContents: <> Option<T>, <> Vec<T>, <> [T] }

#[diagnostic::do_not_recommend]
impl DeniedPath for Cow<'_, Path> {
    type Rule = LooksAtFiles<Self>;
}
