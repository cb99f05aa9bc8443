use durable::{Result, activity};

#[activity]
async fn work(n: u64) -> Result<u64> {
    let shared = std::rc::Rc::new(n);
    std::future::ready(()).await;
    Ok(*shared)
}

fn main() {}
