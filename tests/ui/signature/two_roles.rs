use durable::{Result, activity, orchestrator};

#[activity]
#[orchestrator]
async fn both() -> Result<()> {
    Ok(())
}

fn main() {}
