//! Every shape of activity.
#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use durable::{ActivityContext, Definition, Result, RetryPolicy, activity};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    id: u32,
}

#[derive(Debug, Serialize, Deserialize)]
enum CopyError {
    Empty,
}

struct Pool;

#[activity(
    name = "copy-file",
    retry(max_attempts = 5, first = "1s", backoff = 2.0, max_interval = "1h"),
    timeout = "30s",
    needs(Pool, BTreeMap<u8, u8>)
)]
async fn copy_file(ctx: &ActivityContext, file: &str, dest: &Path) -> Result<u64, CopyError> {
    let _pool: &Pool = ctx.data();
    if file.is_empty() {
        return Err(CopyError::Empty);
    }
    Ok((file.len() + dest.as_os_str().len()) as u64)
}

#[activity]
async fn nothing() -> Result<()> {
    Ok(())
}

#[activity]
async fn increment(mut n: u32) -> Result<u32> {
    n += 1;
    Ok(n)
}

#[activity]
async fn unused(_: &ActivityContext, _n: u32) -> Result<()> {
    Ok(())
}

// The names that generated code could have taken.
#[activity]
async fn names(
    ctx: &ActivityContext,
    input: &Order,
    result: &[u32],
    context: Option<String>,
    value: &BTreeMap<u8, u8>,
    error: (u8, [u8; 2]),
) -> Result<usize, String> {
    let _ = (ctx, context, error);
    Ok(input.id as usize + result.len() + value.len())
}

#[activity]
async fn r#move(r#type: u8) -> Result<u8> {
    Ok(r#type)
}

/// Seen from elsewhere.
pub mod elsewhere {
    /// Documented as it was.
    #[durable::activity]
    pub async fn public(n: u64) -> durable::Result<u64> {
        Ok(n)
    }

    #[durable::activity]
    pub(crate) async fn crate_wide() -> durable::Result<()> {
        Ok(())
    }
}

macro_rules! activity_named {
    ($name:ident, $ty:ty) => {
        #[activity]
        async fn $name(value: $ty) -> Result<$ty> {
            Ok(value)
        }
    };
}
activity_named!(from_a_macro, Vec<u8>);

#[activity]
#[allow(clippy::too_many_arguments)]
#[cfg(any())]
async fn absent() -> Result<DoesNotExist> {
    unreachable!()
}

fn json<D: Definition>(invocation: durable::Invocation<D>) -> String {
    invocation.input().unwrap().as_str().to_owned()
}

fn main() {
    assert_eq!(json(nothing()), "[]");
    assert_eq!(json(increment(1)), "[1]");
    assert_eq!(json(copy_file("a", Path::new("b"))), r#"["a","b"]"#);
    assert_eq!(json(from_a_macro(vec![1])), "[[1]]");
    assert_eq!(json(r#move(1)), "[1]");
    let order = Order { id: 7 };
    assert_eq!(json(names(&order, &[1], None, &BTreeMap::new(), (1, [2, 3]))), r#"[{"id":7},[1],null,{},[1,[2,3]]]"#);

    assert_eq!(copy_file::NAME, "copy-file");
    assert_eq!(r#move::NAME, "move");
    assert_eq!(elsewhere::public::NAME, "public");
    let options = copy_file::options();
    let retry = RetryPolicy::fixed(5, Duration::from_secs(1)).backoff(2.0).max_interval(Duration::from_secs(3600));
    assert_eq!(options.retry, Some(retry));
    assert_eq!(options.timeout, Some(Duration::from_secs(30)));
    assert!(increment::options().is_default());

    let at = increment::definition().location();
    assert!(at.file.ends_with("activities.rs"), "{at}");
    assert_eq!(at.line, 44, "{at}");

    let _ = (elsewhere::crate_wide(), unused(1));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(increment::run(4)).unwrap(), 5);
}
