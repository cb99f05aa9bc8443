use durable::prelude::*;
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, data: Vec<u8>) -> Result<String> {
    let key = format!("{:p}", &data);
    let first = unsafe { *data.get_unchecked(0) };
    let at = data.as_ptr() as usize;
    Ok(format!("{key} {first} {at}"))
}

fn main() {}
