use durable::{Result, activity};
use std::borrow::Cow;

#[activity]
async fn fill(buffer: &mut Vec<u8>) -> Result<()> {
    buffer.push(1);
    Ok(())
}

#[activity]
async fn inner(name: Option<&str>, rest: Cow<'_, str>) -> Result<()> {
    let _ = (name, rest);
    Ok(())
}

#[activity]
async fn forever(name: &'static str) -> Result<()> {
    let _ = name;
    Ok(())
}

#[activity]
async fn borrowed<'a>(name: &'a str) -> Result<&'a str> {
    Ok(name)
}

fn main() {}
