//@ category: paths
#![allow(warnings)]
use durable::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

struct Catalog(Vec<u64>);
impl Catalog {
    fn exists(&self, n: u64) -> bool { self.0.contains(&n) }
    fn metadata(&self) -> String { String::new() }
}

#[activity]
async fn work(n: u64) -> Result<u64> {
    Ok(n)
}

#[orchestrator]
async fn flow(ctx: &OrchestrationContext, path: std::path::PathBuf) -> Result<u64> {
    let p = path.join("a").with_extension("txt");
    let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let up = p.parent().and_then(|p| p.to_str()).unwrap_or("/");
    let _ = (p.is_absolute(), name, up, p.components().count());
    let s = Catalog(vec![1]);
    let _ = s.exists(1) && s.metadata().is_empty();
    Ok(0)
}

fn main() {}
