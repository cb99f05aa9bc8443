//@ code: D0001
//@ domain
#[derive(PartialEq, Eq)]
pub struct Job(pub u64);

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Job {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()); //~
        self.0.abs_diff(now).cmp(&other.0.abs_diff(now))
    }
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    let mut jobs = vec![Job(1), Job(2)];
    jobs.sort();
    Ok(jobs[0].0)
}
