use durable::{Result, activity};

struct Order {
    id: u64,
}

#[activity]
async fn charge(amount: u64, order: Order) -> Result<u64> {
    Ok(order.id + amount)
}

fn main() {}
