//@ category: macro
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

macro_rules! max {
    ($a:expr) => { $a };
    ($a:expr, $($rest:expr),+) => {{ let r = max!($($rest),+); if $a > r { $a } else { r } }};
}
macro_rules! list {
    (@one $e:expr) => { $e };
    ($($e:expr)*) => { vec![$(list!(@one $e)),*] };
}
macro_rules! count {
    () => { 0u64 };
    ($head:tt $($tail:tt)*) => { 1 + count!($($tail)*) };
}
macro_rules! even {
    () => { true };
    (x $($tail:tt)*) => { odd!($($tail)*) };
}
macro_rules! odd {
    () => { false };
    (x $($tail:tt)*) => { even!($($tail)*) };
}
macro_rules! format { ($($t:tt)*) => { std::format!($($t)*) } }

fn helper(n: u64) -> u64 {
    max!(n, 1, 2)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    let most = max!(1, n, 3);
    let parts = list!(1 2 3);
    let tokens = count!(a b c);
    let even = even!(x x);
    let text = format!("{most} {tokens} {even} {}", parts.len());
    let _ = (text, helper(n));
    Ok(0)
}

fn main() {}
