//! What the user has shadowed does not matter to generated code.
#![deny(warnings)]
#![allow(dead_code, non_camel_case_types)]

use durable::{ActivityContext, OrchestrationContext, activity, orchestrator};

type Fallible<T> = core::result::Result<T, durable::Error>;

struct Result;
struct String;
struct Vec;
struct Box;
struct Option;
struct Definition;
struct Activity;
#[allow(non_snake_case)]
fn Ok() {}
#[allow(non_snake_case)]
fn Err() {}
#[allow(non_snake_case)]
fn Some() {}
mod core_ {}
mod std_ {}

#[activity(timeout = "1s", needs(Box))]
async fn work(_: &ActivityContext, text: &str, items: &[u8]) -> Fallible<usize> {
    Fallible::Ok(text.len() + items.len())
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, text: &str) -> Fallible<usize> {
    Fallible::Ok(ctx.call(work(text, &[])).await?)
}

fn main() {
    let _ = (flow("x"), work::definition(), flow::definition());
}
