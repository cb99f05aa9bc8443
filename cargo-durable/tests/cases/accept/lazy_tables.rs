//@ domain
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

static RATES: LazyLock<BTreeMap<&str, u64>> = LazyLock::new(|| BTreeMap::from([("a", 1), ("b", 2)]));
static NAMES: OnceLock<Vec<String>> = OnceLock::new();

pub fn rate(of: &str) -> u64 {
    let names = NAMES.get_or_init(|| RATES.keys().map(|name| (*name).to_owned()).collect());
    names.len() as u64 + RATES.get(of).copied().unwrap_or(0)
}
//@ flows
#[orchestrator]
async fn flow(ctx: &OrchestrationContext) -> Result<u64> {
    Ok(rate("a"))
}
