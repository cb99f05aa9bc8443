//! Every shape of orchestrator: types are inferred in the body as in a plain `async fn`.
#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]
#![forbid(unsafe_code)]

use std::error::Error as StdError;
use std::time::Duration;

use durable::{
    BoxFuture, CallError, DurableFuture, DurableFutureExt, OrchestrationContext, Orchestrator, Result, activity,
    orchestrator,
};
use serde::{Deserialize, Serialize};

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[derive(Debug, Serialize, Deserialize)]
enum TripError {
    NoCar,
    Other(String),
}

impl From<CallError<durable::Error>> for TripError {
    fn from(error: CallError<durable::Error>) -> Self {
        TripError::Other(error.to_string())
    }
}

#[orchestrator(name = "trip", version = "2")]
async fn book_trip(ctx: &OrchestrationContext, mut stops: Vec<String>, from: &str) -> Result<u64, TripError> {
    stops.push(from.to_owned());
    if stops.is_empty() {
        return Err(TripError::NoCar);
    }
    let mut sum = 0;
    for stop in &stops {
        sum += ctx.call(work(stop.len() as u64)).await?;
    }
    Ok(sum)
}

#[orchestrator]
async fn shapes(ctx: &OrchestrationContext) -> Result<u64> {
    // `fn(..)` is a type, and what follows it is still gated.
    let next: fn(u64) -> u64 = |n| n + 1;
    let block = async {
        let n = ctx.call(work(1)).await?;
        Ok::<u64, durable::Error>(n + 1)
    };
    let a = block.await?;
    let (b, c) = durable::join!(ctx.call(work(2)), async move {
        ctx.timer(Duration::from_secs(1)).await;
        7u64
    });
    let all = durable::try_join_all((0..3).map(|n| async move { ctx.call(work(n)).await }).collect::<Vec<_>>()).await?;
    let boxed: BoxFuture<'_, ()> = if a > 1 { ctx.timer(Duration::from_secs(1)).boxed() } else { async {}.boxed() };
    boxed.await;
    let text = format!("{} {}", ctx.call(work(9)).await?, next(1));
    assert!(ctx.call(work(2)).await? < 100, "too big");
    let make = |n: u64| ctx.call(work(n));
    let d = make(4).await?;
    let mut timer = ctx.timer(Duration::from_secs(5));
    (&mut timer).await;
    // An item of its own: what it awaits is not the orchestrator's business.
    fn nested() -> impl std::future::Future<Output = u64> {
        async { std::future::ready(3).await }
    }
    drop(nested());
    Ok(a + b? + c + all.iter().sum::<u64>() + text.len() as u64 + d)
}

#[orchestrator]
async fn inference(ctx: &OrchestrationContext) -> Result<u64> {
    if ctx.instance_id().is_empty() {
        return Ok("5".parse()?);
    }
    let parsed = "5".parse().map_err(|e: std::num::ParseIntError| durable::Error::msg(e))?;
    let default = Default::default();
    Ok([parsed, default].into_iter().max().unwrap_or_default())
}

#[orchestrator]
async fn without_operations(_ctx: &OrchestrationContext) -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn never_returns(_: &OrchestrationContext) -> Result<()> {
    panic!("on purpose")
}

#[durable::helper]
async fn coerces<'a>(ctx: &OrchestrationContext, text: &'a str) -> Result<&'a str, Box<dyn StdError>> {
    ctx.timer(Duration::from_secs(1)).await;
    if text.is_empty() {
        return Err(Box::new(std::fmt::Error));
    }
    Ok(text)
}

#[durable::helper]
async fn generic<T: Clone, F: Fn(u64) -> T>(ctx: &OrchestrationContext, n: u64, f: F) -> Result<(T, T)> {
    let n = ctx.call(work(n)).await?;
    Ok((f(n), f(n + 1)))
}

#[durable::helper]
async fn recursive(ctx: &OrchestrationContext, n: u64) -> Result<u64> {
    if n == 0 {
        return Ok(0);
    }
    Ok(n + Box::pin(recursive(ctx, n - 1)).await?)
}

#[durable::helper]
async fn fills(ctx: &OrchestrationContext, (a, b): (u64, u64), done: &mut Vec<u64>) {
    done.extend(ctx.call(work(a + b)).await);
}

#[durable::helper]
async fn opaque(ctx: &OrchestrationContext) -> impl std::fmt::Display + use<> {
    ctx.timer(Duration::from_secs(1)).await;
    3
}

#[durable::helper]
fn plain(n: u64) -> u64 {
    n
}

struct Pricing {
    cents: u64,
}

impl Pricing {
    #[durable::helper]
    async fn total(&self, ctx: &OrchestrationContext, label: &str) -> Result<u64> {
        Ok(self.cents * ctx.call(work(label.len() as u64)).await?)
    }

    #[durable::helper]
    async fn consume(self) -> u64 {
        self.cents
    }

    #[durable::helper]
    async fn raise(&mut self, ctx: &OrchestrationContext) {
        self.cents += ctx.call(work(1)).await.unwrap_or_default();
    }
}

trait Quote {
    fn quote(&self, ctx: &OrchestrationContext) -> impl DurableFuture<Output = u64>;
}

impl Quote for Pricing {
    #[durable::helper]
    async fn quote(&self, ctx: &OrchestrationContext) -> u64 {
        ctx.timer(Duration::from_secs(1)).await;
        self.cents
    }
}

#[orchestrator]
async fn helpers(ctx: &OrchestrationContext) -> Result<u64> {
    let mut pricing = Pricing { cents: plain(3) };
    pricing.raise(ctx).await;
    let mut done = Vec::new();
    fills(ctx, (1, 2), &mut done).await;
    let text = coerces(ctx, "x").await.map_err(|e| durable::Error::msg(e))?.to_owned() + &opaque(ctx).await.to_string();
    let (g, _) = generic(ctx, 1, |n| n.to_string()).await?;
    let total = pricing.total(ctx, &text).await? + pricing.quote(ctx).await + g.len() as u64;
    Ok(total + recursive(ctx, 3).await? + pricing.consume().await)
}

fn is_durable(_: &impl DurableFuture<Output = Result<u64>>) {}

fn name_and_version<O: Orchestrator>(_: durable::Invocation<O>) -> (&'static str, &'static str) {
    (O::NAME, O::VERSION)
}

fn main() {
    assert_eq!(name_and_version(book_trip(vec![], "here")), ("trip", "2"));
    assert_eq!(name_and_version(shapes()), ("shapes", ""));
    assert_eq!(book_trip(vec![], "here").input().unwrap().as_str(), r#"[[],"here"]"#);
    let _run = |ctx: &OrchestrationContext| is_durable(&shapes::run(ctx));
    let _all = (helpers(), inference(), without_operations(), never_returns());
}
