//! Typed errors across the boundary: an order is validated, taken from stock, paid and
//! confirmed. One order goes through; four fail, one at each stage.
//!
//! `cargo run --example order_processing [FILE]`

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    item: String,
    quantity: u32,
    card: String,
    email: String,
}

/// What an activity returns as `Err` reaches the orchestrator, and what that returns reaches the
/// client, as this very type. It needs no more than these derives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum OrderError {
    Invalid(String),
    OutOfStock {
        left: u32,
    },
    CardDeclined,
    /// The money went back.
    Unconfirmed {
        refunded_cents: u64,
    },
    /// A panic, a timeout: everything that is no answer of the stage itself.
    Broken(String),
}

impl From<CallError<OrderError>> for OrderError {
    fn from(e: CallError<OrderError>) -> Self {
        match e {
            CallError::Failed(e) => e,
            other => OrderError::Broken(other.to_string()),
        }
    }
}

#[activity]
async fn validate(order: &Order) -> Result<(), OrderError> {
    if order.quantity == 0 { Err(OrderError::Invalid("nothing is ordered".into())) } else { Ok(()) }
}

/// The price in cents of what is set aside for the order.
#[activity]
async fn check_stock(item: &str, quantity: u32) -> Result<u64, OrderError> {
    let (left, price_cents) = if item == "teapot" { (3, 4_200) } else { (100, 350) };
    if quantity > left { Err(OrderError::OutOfStock { left }) } else { Ok(u64::from(quantity) * price_cents) }
}

/// Returns the payment's number. A run may be repeated after a crash, so the bank gets the key:
/// the same for every run of this call, and so the card is charged once.
#[activity]
async fn pay(ctx: &ActivityContext, card: &str, cents: u64) -> Result<String, OrderError> {
    let key = ctx.idempotency_key();
    let is_good = !card.starts_with("expired");
    is_good.then(|| format!("payment {key} of {cents} cents")).ok_or(OrderError::CardDeclined)
}

#[activity]
async fn confirm(email: &str, payment: &str) -> Result<String, OrderError> {
    let is_good = email.contains('@');
    is_good.then(|| format!("confirmed to {email}: {payment}")).ok_or_else(|| OrderError::Invalid(email.into()))
}

#[activity]
async fn refund(payment: &str) -> Result<(), OrderError> {
    println!("  (refunded: {payment})");
    Ok(())
}

#[orchestrator]
async fn process_order(ctx: &OrchestrationContext, order: Order) -> Result<String, OrderError> {
    ctx.call(validate(&order)).await?;
    let cents = ctx.call(check_stock(&order.item, order.quantity)).await?;
    let payment = ctx.call(pay(&order.card, cents)).await?;
    // An error is a value: the orchestrator decides what it means. Here it undoes the payment.
    match ctx.call(confirm(&order.email, &payment)).await {
        Ok(confirmation) => Ok(confirmation),
        Err(_) => {
            ctx.call(refund(&payment)).await?;
            Err(OrderError::Unconfirmed { refunded_cents: cents })
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "order_processing.db".into());
    let worker = Worker::builder(SqliteStore::open(&file).await?).register_all().start().await?;
    for (quantity, item, card, email) in [
        (2, "teapot", "4111", "ada@example.com"),
        (0, "teapot", "4111", "bob@example.com"),
        (9, "teapot", "4111", "cem@example.com"),
        (6, "cup", "expired-4111", "dee@example.com"),
        (6, "cup", "4111", "nowhere"),
    ] {
        println!("{quantity} x {item} for {email}");
        let order = Order { item: item.into(), quantity, card: card.into(), email: email.into() };
        let run = worker.client().start(process_order(order)).await?;
        match run.result().await {
            Ok(confirmation) => println!("  {confirmation}"),
            Err(RunError::Ended(CallError::Failed(e))) => println!("  failed: {e:?}"),
            Err(e) => return Err(e.into()),
        }
    }
    worker.shutdown().await?;
    Ok(())
}
