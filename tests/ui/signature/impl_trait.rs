use durable::{Result, activity};

#[activity]
async fn store(items: impl Iterator<Item = u32>) -> Result<usize> {
    Ok(items.count())
}

#[activity]
async fn load() -> Result<impl std::fmt::Display> {
    Ok(3)
}

fn main() {}
