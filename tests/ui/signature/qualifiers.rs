use durable::{Result, activity};

#[activity]
async unsafe extern "C" fn call(n: u32) -> Result<u32> {
    Ok(n)
}

fn main() {}
