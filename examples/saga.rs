//! A saga: a trip is booked in three steps, each with the step that undoes it. When one fails,
//! those before it are undone in reverse order.
//!
//! `cargo run --example saga [DESTINATION ...]`

use durable::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
enum TripError {
    SoldOut(String),
    /// What was booked is cancelled again, but for these: a human has to see to them.
    Undone {
        because: String,
        not_undone: Vec<String>,
    },
}

impl From<durable::SagaError<CallError<TripError>>> for TripError {
    fn from(e: durable::SagaError<CallError<TripError>>) -> Self {
        let not_undone = e.not_undone.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        TripError::Undone { because: e.error.to_string(), not_undone }
    }
}

#[activity]
async fn book_car(to: &str) -> Result<String, TripError> {
    println!("  car booked in {to}");
    Ok(format!("car in {to}"))
}

#[activity]
async fn book_hotel(to: &str) -> Result<String, TripError> {
    if to == "Bielefeld" {
        return Err(TripError::SoldOut("the hotel".into()));
    }
    println!("  hotel booked in {to}");
    Ok(format!("hotel in {to}"))
}

#[activity]
async fn book_flight(to: &str) -> Result<String, TripError> {
    if to == "Atlantis" || to == "Avalon" {
        return Err(TripError::SoldOut("the flight".into()));
    }
    println!("  flight booked to {to}");
    Ok(format!("flight to {to}"))
}

/// A compensation is an activity like any other. It may run twice, so it has to be idempotent.
#[activity]
async fn cancel(booking: &str) -> Result<(), TripError> {
    println!("  cancelled: {booking}");
    Ok(())
}

/// The hotel of Avalon does not answer the telephone.
#[activity]
async fn cancel_hotel(booking: &str) -> Result<(), TripError> {
    if booking.ends_with("Avalon") {
        return Err(TripError::SoldOut("the telephone".into()));
    }
    println!("  cancelled: {booking}");
    Ok(())
}

#[orchestrator]
async fn book_trip(ctx: &OrchestrationContext, to: &str) -> Result<Vec<String>, TripError> {
    let mut saga = ctx.saga();
    let car = saga.step(ctx.call(book_car(to)), |car| cancel(car)).await?;
    let hotel = saga.step(ctx.call(book_hotel(to)), |hotel| cancel_hotel(hotel)).await?;
    // Its error comes back when all compensations have run, also those after one that failed.
    let flight = saga.step(ctx.call(book_flight(to)), |flight| cancel(flight)).await?;
    Ok(vec![car, hotel, flight])
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut destinations: Vec<String> = std::env::args().skip(1).collect();
    if destinations.is_empty() {
        destinations = ["Oslo", "Bielefeld", "Atlantis", "Avalon"].map(Into::into).to_vec();
    }
    let worker = Worker::builder(SqliteStore::open("saga.db").await?).register_all().start().await?;
    for to in &destinations {
        println!("a trip to {to}");
        match worker.client().start(book_trip(to)).await?.result().await {
            Ok(bookings) => println!("  bon voyage: {}", bookings.join(", ")),
            Err(RunError::Ended(CallError::Failed(TripError::Undone { because, not_undone }))) => {
                println!("  no trip: {because}; not undone: {not_undone:?}");
            }
            Err(e) => return Err(e.into()),
        }
    }
    worker.shutdown().await?;
    Ok(())
}
