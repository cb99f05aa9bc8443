//! The await gate, on tokens.

use proc_macro2::{Delimiter, Group};

use super::tokens;
use crate::determinism::{Subject, gate};

/// `before` is gated to `after`, where `x.AWAIT` stands for a gated await and `BLOCK` for the wrapper.
#[track_caller]
fn check(before: &str, after: &str) {
    let after = after.replace("AWAIT", "__durable_await().await").replace("BLOCK", "::durable::__private::block");
    let name = quote::format_ident!("flow");
    let gated = gate(&Group::new(Delimiter::Brace, tokens(before)), &Subject::new(&name, &[]));
    assert_eq!(gated.stream().to_string(), tokens(&after).to_string(), "{before}");
}

#[test]
fn awaits_are_gated_wherever_they_stand() {
    check("x.await", "x.AWAIT");
    check("f(x.await?).y.await", "f(x.AWAIT?).y.AWAIT");
    check("format!(\"{}\", x.await)", "format!(\"{}\", x.AWAIT)");
    check("select! { a = b.await => { c.await } }", "select! { a = b.AWAIT => { c.AWAIT } }");
    check("|x| async move { x.await }", "|x| BLOCK(async move { x.AWAIT })");
    check("async || x.await", "async || x.AWAIT");
    check("async move |y| { x.await }", "async move |y| { x.AWAIT }");
    check("loop { if x.await { break } }", "loop { if x.AWAIT { break } }");
    check("let f: fn(u8) -> u8 = g; x.await", "let f: fn(u8) -> u8 = g; x.AWAIT");
}

#[test]
fn async_blocks_are_wrapped() {
    check("async { 1 }", "BLOCK(async { 1 })");
    check("async move { 1 }.await", "BLOCK(async move { 1 }).AWAIT");
    check("join!(async { x.await }, y)", "join!(BLOCK(async { x.AWAIT }), y)");
    check("async { async { x.await } }", "BLOCK(async { BLOCK(async { x.AWAIT }) })");
}

#[test]
fn items_of_their_own_are_left_alone() {
    check("fn f() { x.await } y.await", "fn f() { x.await } y.AWAIT");
    check("async fn f(a: [u8; 2]) -> u8 { x.await } y.await", "async fn f(a: [u8; 2]) -> u8 { x.await } y.AWAIT");
    check("trait T { fn f(); fn g() { x.await } } y.await", "trait T { fn f(); fn g() { x.await } } y.AWAIT");
}

#[test]
fn what_only_looks_alike_is_left_alone() {
    check("x.r#await", "x.r#await");
    check("\"x.await\"", "\"x.await\"");
    check("x.awaits()", "x.awaits()");
    check("0..await_all", "0..await_all");
}
