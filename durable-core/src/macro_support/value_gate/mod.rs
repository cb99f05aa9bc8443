//! The value gate: what a body must not hold, by type, whatever its spelling.
//!
//! `#[orchestrator]` writes for an expression `e`
//!
//! ```text
//! {
//!     let mut probe;                                        // Ty<_>
//!     return { .. tie(e, { probe = Ty::new(); probe }) .. }; // its type is that of `e`
//!     probe.by_ref().__durable_value().__durable_allow();   // unreachable: for the type checker
//! }
//! ```
//!
//! `tie` makes one type of the two and does nothing. The probe is asked at the very end, when
//! inference knows all types; asking comes after the `return`, so the borrow checker does not see it
//! and it never runs. `__durable_value` gives [`Clear`] for most types; for a denied one it gives a
//! verdict such as [`ReadsClock`], whose `__durable_allow` has a bound that does not hold and which carries the text.
//!
//! - [`rules`]: the verdicts and their texts
//! - [`types`]: which types they are for
//! - [`third_party`]: the same for types of other crates, behind features

mod rules;
mod third_party;
mod types;

use std::marker::PhantomData;

pub use rules::*;
pub use types::{DeniedContents, DeniedElapsed, DeniedFrom, DeniedHandle, DeniedIteration, DeniedPath, DeniedValue};

/// The type of an expression, without a value of it.
pub struct Ty<T: ?Sized>(PhantomData<fn() -> Box<T>>);

impl<T: ?Sized> Clone for Ty<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: ?Sized> Copy for Ty<T> {}

impl<T: ?Sized> Ty<T> {
    /// Of a type that inference will find.
    #[inline(always)]
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Ty(PhantomData)
    }
}

/// Gives the value back; its type is the probe's.
#[inline(always)]
pub const fn tie<T>(value: T, _: Ty<T>) -> T {
    value
}

/// A value whose type is not to follow from what is expected of it.
pub struct Lone<T>(pub T);

/// [`tie`] for the operand of `&`, written `tie_lone(..).0`: what is expected there is what the
/// reference may coerce to (`&String` to `&str`), not the type of the operand.
#[inline(always)]
pub const fn tie_lone<T>(value: T, _: Ty<T>) -> Lone<T> {
    Lone(value)
}

/// [`tie`] for a place, which must not be moved. Never called: it stands under `if false`.
#[inline(always)]
pub const fn tie_place<T: ?Sized>(_: &T, _: Ty<T>) {}

/// Puts places' probes before the expression that uses the places.
#[inline(always)]
pub const fn after<T>((): (), value: T) -> T
where
    T: Sized,
{
    value
}

/// [`after`] for the operand of `&`.
#[inline(always)]
pub const fn after_lone<T>((): (), value: T) -> Lone<T> {
    Lone(value)
}

/// The answer for a type that nothing is known against.
pub struct Clear;

/// The answer for whatever comes of a value that was denied: one mistake gives one error.
pub struct Silenced;

impl Clear {
    /// It is.
    pub const fn __durable_allow(self) -> Self {
        self
    }
    /// The next of a chain is to be asked.
    pub const fn __durable_then<'a, T: ?Sized>(&self, next: &'a Ty<T>) -> &'a Ty<T> {
        next
    }
}

impl Silenced {
    /// The error stands where the value came from.
    pub const fn __durable_allow(self) -> Self {
        self
    }
    /// As the one before.
    pub const fn __durable_then<T: ?Sized>(&self, _: &Ty<T>) -> Silenced {
        Silenced
    }
}

/// The questions. Method lookup finds the one of a denied type first, and [`Fine`], which takes
/// one more `&`, for all others (autoref specialization).
macro_rules! questions {
    ($($(#[$doc:meta])* $question:ident in $Probe:ident for $Denied:ident;)*) => {
        /// What is not denied.
        pub trait Fine {
            $(#[doc(hidden)] fn $question(&self) -> Clear { Clear })*
        }
        impl<T: ?Sized> Fine for &Ty<T> {}

        impl Silenced {
            $($(#[$doc])* pub const fn $question(&self) -> Silenced { Silenced })*
        }

        $(
            $(#[$doc])*
            pub trait $Probe {
                /// The verdict.
                type Verdict;
                #[doc(hidden)]
                fn $question(&self) -> Self::Verdict;
            }
            impl<T: ?Sized + $Denied> $Probe for Ty<T> {
                type Verdict = T::Rule;
                fn $question(&self) -> Self::Verdict {
                    T::Rule::default()
                }
            }
        )*
    };
}

questions! {
    /// Results of calls.
    __durable_value in ProbeValue for DeniedValue;
    /// Results of calls that convert or compute: a `SystemTime` may be made of a `Timestamp`.
    __durable_from in ProbeFrom for DeniedFrom;
    /// Receivers of methods.
    __durable_handle in ProbeHandle for DeniedHandle;
    /// What is iterated.
    __durable_iteration in ProbeIteration for DeniedIteration;
    /// What is printed or recorded as a whole.
    __durable_contents in ProbeContents for DeniedContents;
    /// Receivers of methods that look at the file system if it is a path's.
    __durable_path in ProbePath for DeniedPath;
    /// Receivers of `.elapsed()`.
    __durable_elapsed in ProbeElapsed for DeniedElapsed;
}
