use durable::prelude::*;
mod util {
    use std::time::SystemTime;

    pub fn stamp() -> u64 {
        seconds()
    }

    fn seconds() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
    }
}

#[orchestrator]
async fn flow(_ctx: &OrchestrationContext) -> Result<u64> {
    Ok(util::stamp() + 1)
}

fn main() {}
