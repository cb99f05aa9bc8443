use durable::{Result, orchestrator};

#[orchestrator]
async fn without(n: u32) -> Result<u32> {
    Ok(n)
}

#[orchestrator]
async fn empty() -> Result<()> {
    Ok(())
}

fn main() {}
