//! The verdicts: for each rule a trait that no denied type has, with the text. The words are those
//! of `durable-rules`, which an attribute cannot take from there.
//!
//! The bounds are written out and not by a macro, because rustc shows the one that does not hold.

use std::marker::PhantomData;

use super::{Silenced, Ty};

/// One rule's answer for the type `T`. That it is a type of its own, and not a parameter of one, lets
/// rustc pass over it in silence where `T` is an error already.
macro_rules! verdict {
    ($Rule:ident) => {
        impl<T: ?Sized> Default for $Rule<T> {
            fn default() -> Self {
                $Rule(PhantomData)
            }
        }
        impl<T: ?Sized> $Rule<T> {
            /// What follows in the chain has been answered for.
            pub const fn __durable_then<U: ?Sized>(&self, _: &Ty<U>) -> Silenced {
                Silenced
            }
        }
    };
}

/// Rule: the clock.
pub struct ReadsClock<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(ReadsClock);
/// What keeps to [`ReadsClock`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` reads the clock: not in an orchestrator [D0001]",
    label = "reads the clock",
    note = "why: a replay would read another time than the first run did",
    note = "help: write `ctx.now()`: the recorded time of this turn",
    note = "more: `cargo durable explain D0001`"
)]
pub trait NoClock {}
impl<T: ?Sized> ReadsClock<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoClock,
    {
        self
    }
}

/// Rule: the clock, through `elapsed`.
pub struct ComparesToClock<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(ComparesToClock);
/// What keeps to [`ComparesToClock`].
#[diagnostic::on_unimplemented(
    message = "`elapsed` of `{Self}` reads the clock: not in an orchestrator [D0001]",
    label = "reads the clock",
    note = "why: a replay would read another time than the first run did",
    note = "help: write `ctx.now()`, and subtract: both times are recorded",
    note = "more: `cargo durable explain D0001`"
)]
pub trait NoElapsed {}
impl<T: ?Sized> ComparesToClock<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoElapsed,
    {
        self
    }
}

/// Rule: randomness.
pub struct DrawsRandomness<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(DrawsRandomness);
/// What keeps to [`DrawsRandomness`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` draws randomness: not in an orchestrator [D0002]",
    label = "draws randomness",
    note = "why: a replay would draw other values than the first run did",
    note = "help: write `ctx.random()` or `ctx.new_uuid()`: the same values in every replay",
    note = "more: `cargo durable explain D0002`"
)]
pub trait NoRandomness {}
impl<T: ?Sized> DrawsRandomness<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoRandomness,
    {
        self
    }
}

/// Rule: the environment.
pub struct ReadsEnvironment<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(ReadsEnvironment);
/// What keeps to [`ReadsEnvironment`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` reads the environment of the process: not in an orchestrator [D0003]",
    label = "reads the environment",
    note = "why: a replay may run in another process, with another environment",
    note = "help: pass it in the orchestration's input, read it in an `#[activity]`, or record it once with `ctx.side_effect(|| ..)`",
    note = "more: `cargo durable explain D0003`"
)]
pub trait NoEnvironment {}
impl<T: ?Sized> ReadsEnvironment<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoEnvironment,
    {
        self
    }
}

/// Rule: input and output.
pub struct DoesIo<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(DoesIo);
/// What keeps to [`DoesIo`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` performs I/O: not in an orchestrator [D0004]",
    label = "performs I/O",
    note = "why: a replay would do it again, and may see something else",
    note = "help: do it in an `#[activity]` and write `ctx.call(..).await`",
    note = "more: `cargo durable explain D0004`"
)]
pub trait NoIo {}
impl<T: ?Sized> DoesIo<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoIo,
    {
        self
    }
}

/// Rule: the file system, through a path.
pub struct LooksAtFiles<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(LooksAtFiles);
/// What keeps to [`LooksAtFiles`].
#[diagnostic::on_unimplemented(
    message = "this method of `{Self}` looks at the file system: not in an orchestrator [D0004]",
    label = "performs I/O",
    note = "why: a replay would do it again, and may see something else",
    note = "help: do it in an `#[activity]` and write `ctx.call(..).await`",
    note = "more: `cargo durable explain D0004`"
)]
pub trait NoFiles {}
impl<T: ?Sized> LooksAtFiles<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoFiles,
    {
        self
    }
}

/// Rule: network and databases.
pub struct UsesNetwork<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(UsesNetwork);
/// What keeps to [`UsesNetwork`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` talks to the network or a database: not in an orchestrator [D0005]",
    label = "talks to others",
    note = "why: a replay would do it again, and may get another answer",
    note = "help: do it in an `#[activity]` and write `ctx.call(..).await`",
    note = "more: `cargo durable explain D0005`"
)]
pub trait NoNetwork {}
impl<T: ?Sized> UsesNetwork<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoNetwork,
    {
        self
    }
}

/// Rule: threads and channels.
pub struct UsesThreads<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(UsesThreads);
/// What keeps to [`UsesThreads`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` uses threads or channels: not in an orchestrator [D0006]",
    label = "uses threads or channels",
    note = "why: what other threads do, and when, is not in the history",
    note = "help: run things in parallel with `durable::join!` or `durable::join_all(..)` over `ctx.call(..)`",
    note = "more: `cargo durable explain D0006`"
)]
pub trait NoThreads {}
impl<T: ?Sized> UsesThreads<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoThreads,
    {
        self
    }
}

/// Rule: another async runtime.
pub struct UsesForeignRuntime<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(UsesForeignRuntime);
/// What keeps to [`UsesForeignRuntime`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` belongs to another async runtime: not in an orchestrator [D0007]",
    label = "belongs to another runtime",
    note = "why: its order of events is not in the history, and no such runtime drives an orchestrator",
    note = "help: use `durable::join!`, `durable::select!` or `durable::join_all(..)`; wait with `ctx.timer(..)` or `ctx.event(..)`",
    note = "more: `cargo durable explain D0007`"
)]
pub trait NoForeignRuntime {}
impl<T: ?Sized> UsesForeignRuntime<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoForeignRuntime,
    {
        self
    }
}

/// Rule: shared state.
pub struct SharesState<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(SharesState);
/// What keeps to [`SharesState`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` shares state outside the history: not in an orchestrator [D0008]",
    label = "shares state",
    note = "why: it keeps its value from one replay to the next, and loses it with the process",
    note = "help: keep state in local variables; share it between orchestrations through an entity or an activity",
    note = "more: `cargo durable explain D0008`"
)]
pub trait NoSharedState {}
impl<T: ?Sized> SharesState<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoSharedState,
    {
        self
    }
}

/// Rule: the process and its host.
pub struct UsesHost<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(UsesHost);
/// What keeps to [`UsesHost`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` depends on the process or its host: not in an orchestrator [D0009]",
    label = "depends on the process",
    note = "why: a replay may run in another process, on another host",
    note = "help: do it in an `#[activity]` and write `ctx.call(..).await`",
    note = "more: `cargo durable explain D0009`"
)]
pub trait NoHost {}
impl<T: ?Sized> UsesHost<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoHost,
    {
        self
    }
}

/// Rule: memory addresses.
pub struct ObservesAddress<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(ObservesAddress);
/// What keeps to [`ObservesAddress`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a memory address: not in an orchestrator [D0012]",
    label = "observes an address",
    note = "why: addresses differ from one replay to the next",
    note = "help: compare, hash and order by value",
    note = "more: `cargo durable explain D0012`"
)]
pub trait NoAddress {}
impl<T: ?Sized> ObservesAddress<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoAddress,
    {
        self
    }
}

/// Rule: unstable hashes.
pub struct HashesUnstably<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(HashesUnstably);
/// What keeps to [`HashesUnstably`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` computes a hash that is not specified: not in an orchestrator [D0013]",
    label = "an unspecified hash",
    note = "why: its values may change with the next release of Rust, under running instances",
    note = "help: use a hash with a specification, such as `blake3`, `sha2` or `xxhash-rust`",
    note = "more: `cargo durable explain D0013`"
)]
pub trait NoUnstableHash {}
impl<T: ?Sized> HashesUnstably<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: NoUnstableHash,
    {
        self
    }
}

/// Rule: unordered iteration.
pub struct IteratesUnordered<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(IteratesUnordered);
/// What keeps to [`IteratesUnordered`].
#[diagnostic::on_unimplemented(
    message = "unordered iteration: `{Self}` iterates in no defined order: not in an orchestrator [D0015]",
    label = "in no defined order",
    note = "why: the order differs from one replay to the next",
    note = "help: use `BTreeMap` or `BTreeSet` instead of `HashMap` or `HashSet`; lookups by key are fine",
    note = "more: `cargo durable explain D0015`"
)]
pub trait OrderedIteration {}
impl<T: ?Sized> IteratesUnordered<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: OrderedIteration,
    {
        self
    }
}

/// Rule: unordered contents.
pub struct ContainsUnordered<T: ?Sized>(PhantomData<fn() -> Box<T>>);
verdict!(ContainsUnordered);
/// What keeps to [`ContainsUnordered`].
#[diagnostic::on_unimplemented(
    message = "unordered contents: `{Self}` is written in no defined order: not in an orchestrator [D0015]",
    label = "in no defined order",
    note = "why: the order differs from one replay to the next, and so does what is recorded or printed",
    note = "help: use `BTreeMap` or `BTreeSet` instead of `HashMap` or `HashSet`",
    note = "more: `cargo durable explain D0015`"
)]
pub trait OrderedContents {}
impl<T: ?Sized> ContainsUnordered<T> {
    /// Never, for a denied type.
    pub const fn __durable_allow(self) -> Self
    where
        T: OrderedContents,
    {
        self
    }
}
