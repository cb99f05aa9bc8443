use durable::{Result, activity};

#[activity(name = "", timeout = "30 seconds", retry(max_attempts = 0, first = "0s", backoff = 0.5))]
async fn one() -> Result<()> {
    Ok(())
}

#[activity(timeout = 30, timeout = "1s", needs, "x")]
async fn two() -> Result<()> {
    Ok(())
}

#[activity(retry(backoff = 2), version = "2")]
async fn three() -> Result<()> {
    Ok(())
}

#[durable::helper(name = "x")]
async fn helper() {}

fn main() {}
