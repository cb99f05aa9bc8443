//! The rules on the bodies of orchestrators and helpers, which are replayed.
//!
//! Three layers, in the order in which they look:
//!
//! - L1, names: [`deny`] walks the body (`scan`), resolves what it mentions through the crate's own
//!   sources (`session`, `index`, `resolve`, `infer`) and looks it up in the table of
//!   `durable-rules`, through the crate's functions if a call leads there (`judge`, `report`).
//! - L2b, the value gate: [`value_gate`] adds probes that the type checker answers.
//! - L2a, the await gate: [`gate`] makes every `.await` in a body pass through a method that only
//!   durable futures have.
//!
//! One mistake gives one error: the gates are silent where L1 has spoken, and where a name stands
//! that holds what it found.

mod facts;
mod index;
mod infer;
mod judge;
mod report;
mod resolve;
mod rewrite;
mod scan;
mod session;
mod value_gate;

pub(crate) use report::{Checked, deny};
pub(crate) use rewrite::gate;
pub(crate) use value_gate::{Subject, probed, value_gate};
#[cfg(test)]
pub(crate) use {
    index::{Crate, Owner, Place},
    report::deny_within,
    session::Session,
};
