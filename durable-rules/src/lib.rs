//! What the body of an orchestrator must not do, as data: the error codes with their pages, and
//! one table of paths, macros and methods.
//!
//! Two checks read it. The attribute macros of `durable-macros` look up what they see in the
//! source; `cargo durable check` looks up what it reaches in the object code. Pure data: no
//! dependency, no I/O.

mod code;
pub mod leaves;
mod lookup;
mod rule;
mod table;

pub use code::Code;
pub use lookup::{canonical, find, find_macro, find_method};
pub use rule::{Kind, Rule, Seen};
pub use table::rules;
