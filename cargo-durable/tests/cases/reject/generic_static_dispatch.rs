//@ code: D0001
//@ domain
pub trait Clock {
    fn seconds() -> u64;
}

pub struct SystemClock;

impl Clock for SystemClock {
    fn seconds() -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()) //~
    }
}

pub fn deadline<C: Clock>() -> u64 {
    C::seconds() + 60
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(deadline::<SystemClock>())
}
