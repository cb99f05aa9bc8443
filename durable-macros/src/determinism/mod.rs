//! The rules on the bodies of orchestrators and helpers, which are replayed.
//!
//! Layer L2a, the await gate: [`gate`] makes every `.await` in a body pass through a method that
//! only durable futures have.

mod rewrite;

pub(crate) use rewrite::gate;
