//! What shows that `durable` keeps its promises, and that a store keeps its contract.
//!
//! * [`checker`] reads a store from outside and lists every violated invariant;
//! * [`sim`] runs whole workers over a store under virtual time, with seeded faults: one seed is
//!   one run, to the byte;
//! * [`tampered`] has stores with planted bugs, to show that the two above can fail;
//! * [`conformance`] is the suite that every store passes;
//! * [`hub`] is for those who use `durable`: the test hub, re-exported as `durable::testing`.

pub mod checker;
pub mod conformance;
pub mod hub;
pub mod sim;
pub mod tampered;
