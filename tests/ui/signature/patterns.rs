use durable::{Result, activity};

#[activity]
async fn add((a, b): (u32, u32)) -> Result<u32> {
    Ok(a + b)
}

#[activity]
async fn ignore(_: u32) -> Result<u32> {
    Ok(0)
}

fn main() {}
