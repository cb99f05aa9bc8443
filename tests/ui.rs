//! What the compiler says to users: each mistake once, at its place, with what to write instead.
//!
//! `TRYBUILD=overwrite cargo test --test ui` pins new texts; read the difference before committing it.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    for fault in [
        "attribute",
        "await_gate",
        "body",
        "call",
        "determinism",
        "misplaced",
        "recorded_types",
        "signature",
        "value_gate",
    ] {
        cases.compile_fail(format!("tests/ui/{fault}/*.rs"));
    }
}
