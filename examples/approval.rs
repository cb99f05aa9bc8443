//! Human approval with a timeout: an expense waits for somebody's decision, and is turned down
//! when nobody decides in time.
//!
//! `cargo run --example approval [approve|reject|nobody] [--timeout-ms N]`
//!
//! The wait is durable: with a timeout of days the program may end and be started again
//! meanwhile, and the decision may be raised by another process.

use std::time::Duration;

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Expense {
    what: String,
    cents: u64,
}

/// What the approver sends. The event is typed: a payload of another shape fails the wait.
#[derive(Debug, Serialize, Deserialize)]
struct Decision {
    approved: bool,
    by: String,
}

#[activity]
async fn ask_for_approval(expense: &Expense) -> Result<()> {
    println!("to whom it may concern: is {} for {} cents all right?", expense.what, expense.cents);
    Ok(())
}

#[activity]
async fn pay_out(ctx: &ActivityContext, expense: &Expense) -> Result<String> {
    // The same key for every run of this call: the bank pays once, whatever crashes.
    Ok(format!("{} cents for {}, payment {}", expense.cents, expense.what, ctx.idempotency_key()))
}

#[orchestrator]
async fn reimburse(ctx: &OrchestrationContext, expense: Expense, patience: Duration) -> Result<String> {
    ctx.call(ask_for_approval(&expense)).await?;
    ctx.set_custom_status("waiting for a decision")?;
    // Whoever comes second is cancelled: an expired approval takes no event, and a timer that
    // lost keeps nothing awake.
    let decision = durable::select! {
        decision = ctx.event::<Decision>("decision") => Some(decision),
        _ = ctx.timer(patience) => None,
    };
    match decision {
        Some(Decision { approved: true, by }) => {
            let payment = ctx.call(pay_out(&expense)).await?;
            Ok(format!("approved by {by}: {payment}"))
        }
        Some(Decision { by, .. }) => Ok(format!("rejected by {by}")),
        None => Ok("expired: nobody decided in time".into()),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let (mut answer, mut timeout_ms) = ("approve".to_owned(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--timeout-ms" => timeout_ms = Some(arguments.next().unwrap_or_default().parse()?),
            _ => answer = argument,
        }
    }
    // Three days, unless nobody is going to answer.
    let patience = match (timeout_ms, answer.as_str()) {
        (Some(ms), _) => Duration::from_millis(ms),
        (None, "nobody") => Duration::from_secs(2),
        (None, _) => Duration::from_secs(72 * 3600),
    };

    let worker = Worker::builder(SqliteStore::open("approval.db").await?).register_all().start().await?;
    let expense = Expense { what: "a teapot".into(), cents: 4_200 };
    let run = worker.client().start(reimburse(expense, patience)).await?;
    if answer != "nobody" {
        // Any client can do this, knowing the id. An event that comes before the orchestration
        // waits for it is kept; names have no case.
        let decision = Decision { approved: answer == "approve", by: "Ada".into() };
        worker.client().instance(run.id()).raise("Decision", &decision).await?;
    }
    println!("{}", run.result().await?);
    worker.shutdown().await?;
    Ok(())
}
