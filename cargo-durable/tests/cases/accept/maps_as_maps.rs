//@ domain
use std::collections::{BTreeMap, HashMap, HashSet};

pub fn merged(mut a: HashMap<u64, u64>, b: HashMap<u64, u64>) -> u64 {
    let same = a == b;
    a.extend(b.clone());
    let seen: HashSet<u64> = [1, 2].into();
    let more: HashSet<u64> = [1, 2, 3].into();
    let sorted: BTreeMap<u64, u64> = b.into_iter().collect();
    let first = sorted.values().next().copied().unwrap_or(0);
    a.get(&1).copied().unwrap_or(0) + first + u64::from(same && seen.is_subset(&more))
}
//@ flows
#[orchestrator]
async fn flow(_ctx: &OrchestrationContext, prices: std::collections::HashMap<u64, u64>) -> Result<u64> {
    Ok(merged(prices.clone(), prices))
}
