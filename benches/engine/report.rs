//! Figures: one JSON line per run, and a table at the end.

use std::time::Duration;

use serde::Serialize;

use crate::workloads::{Measured, Workload};

/// What both systems promise of an acknowledged step.
pub(crate) const DURABILITY: &str = "WAL, synchronous=FULL";

/// One run of one workload on one system.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) system: &'static str,
    pub(crate) workload: String,
    pub(crate) pair: usize,
    pub(crate) wall_s: f64,
    pub(crate) unit: &'static str,
    pub(crate) per_s: f64,
    /// Time of all threads of the process, per activity.
    pub(crate) cpu_us_per_activity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p99_ms: Option<f64>,
    /// Transactions; only of `durable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commits: Option<u64>,
    pub(crate) durability: &'static str,
}

impl Run {
    pub(crate) fn new(
        system: &'static str,
        workload: Workload,
        pair: usize,
        measured: Measured,
        cpu: Duration,
    ) -> Self {
        let Measured { wall, latencies } = measured;
        let mut ms: Vec<f64> = latencies.iter().map(|l| l.as_secs_f64() * 1e3).collect();
        ms.sort_by(f64::total_cmp);
        Self {
            system,
            workload: workload.name(),
            pair,
            wall_s: wall.as_secs_f64(),
            unit: workload.unit(),
            per_s: f64::from(workload.units()) / wall.as_secs_f64(),
            cpu_us_per_activity: cpu.as_secs_f64() * 1e6 / f64::from(workload.activities()),
            p50_ms: quantile(&ms, 0.5),
            p99_ms: quantile(&ms, 0.99),
            commits: None,
            durability: DURABILITY,
        }
    }

    pub(crate) fn print(&self) {
        println!("{}", serde_json::to_string(self).unwrap_or_else(|e| e.to_string()));
    }
}

/// Of sorted values.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * q).round() as usize).copied()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5).unwrap_or(f64::NAN)
}

/// A run of `durable` and the run of the floor beside it.
pub(crate) struct Pair {
    pub(crate) workload: Workload,
    pub(crate) durable: Run,
    pub(crate) floor: Run,
}

/// What the worker did while there was nothing to do.
#[derive(Clone, Copy, Debug, Serialize, serde::Deserialize)]
pub(crate) struct Idle {
    pub(crate) cpu_percent: f64,
    pub(crate) wakeups_per_s: f64,
    pub(crate) rss_mb: f64,
}

/// Many instances that wait.
#[derive(Clone, Copy, Debug, Serialize, serde::Deserialize)]
pub(crate) struct Waiting {
    pub(crate) instances: u32,
    pub(crate) started_per_s: f64,
    /// While all wait.
    pub(crate) rss_mb: f64,
    pub(crate) cpu_percent: f64,
    /// From the first event raised to the last instance ended.
    pub(crate) ended_per_s: f64,
}

/// The table. Ratios are medians of the ratios within each pair.
pub(crate) fn print_table(pairs: &[Pair], idle: Option<Idle>, waiting: Option<Waiting>) {
    println!("\nDurability of both: {DURABILITY}: what is acknowledged survives a power cut.");
    println!("Ratios are durable / floor, the median of the pairs (lowest to highest).\n");
    println!("| workload | durable | floor | ratio | CPU µs per activity: durable, floor |");
    println!("|---|---|---|---|---|");
    for of_one in pairs.chunk_by(|a, b| a.workload.name() == b.workload.name()) {
        print_workload(of_one);
    }
    print_flatness(pairs);
    if let Some(idle) = idle {
        println!(
            "\nIdle worker: {:.2} % of a core, {:.0} wake-ups/s, RSS {:.1} MB",
            idle.cpu_percent, idle.wakeups_per_s, idle.rss_mb
        );
    }
    if let Some(w) = waiting {
        println!(
            "\n{} instances that wait for an event: {:.0} started/s, RSS {:.1} MB, {:.2} % of a core while they \
             wait, {:.0} raised and ended/s",
            w.instances, w.started_per_s, w.rss_mb, w.cpu_percent, w.ended_per_s
        );
    }
}

/// A figure of a run.
type Get<T> = fn(&Run) -> T;

/// The rows of one workload.
fn print_workload(pairs: &[Pair]) {
    let Some(workload) = pairs.first().map(|p| p.workload) else { return };
    let (name, unit) = (workload.name(), workload.unit());
    let medians = |get: fn(&Run) -> f64| {
        let of = |side: fn(&Pair) -> &Run| median(pairs.iter().map(|p| get(side(p))).collect());
        (of(|p| &p.durable), of(|p| &p.floor))
    };
    let (durable, floor) = medians(|r| r.per_s);
    let (cpu, floor_cpu) = medians(|r| r.cpu_us_per_activity);
    let ratio = spread(pairs.iter().map(|p| p.durable.per_s / p.floor.per_s).collect());
    println!("| {name} | {durable:.0} {unit} | {floor:.0} | {ratio} | {cpu:.1}, {floor_cpu:.1} |");
    let quantiles: [(&str, Get<Option<f64>>); 2] = [("p50", |r| r.p50_ms), ("p99", |r| r.p99_ms)];
    for (quantile, get) in quantiles {
        let both: Vec<(f64, f64)> = pairs.iter().filter_map(|p| get(&p.durable).zip(get(&p.floor))).collect();
        if both.is_empty() {
            continue;
        }
        let (durable, floor): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
        let ratio = spread(both.iter().map(|(d, f)| d / f).collect());
        println!("| {name}, {quantile} | {:.2} ms | {:.2} ms | {ratio} | |", median(durable), median(floor));
    }
}

fn spread(values: Vec<f64>) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{:.2} ({low:.2} to {high:.2})", median(values))
}

/// What an activity of a larger instance costs against one of the smallest, within each round.
fn print_flatness(pairs: &[Pair]) {
    for group in ["long", "fan-out"] {
        let of_group: Vec<&Pair> = pairs.iter().filter(|p| p.workload.group() == group).collect();
        let mut sizes: Vec<u32> = of_group.iter().map(|p| size(p)).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let Some((base, larger)) = sizes.split_first() else { continue };
        for larger in larger {
            let of_size = |wanted: u32| of_group.iter().filter(move |p| size(p) == wanted);
            let ratios = |cost: fn(&Run) -> f64, get: fn(&Pair) -> &Run| {
                spread(of_size(*larger).zip(of_size(*base)).map(|(l, b)| cost(get(l)) / cost(get(b))).collect())
            };
            let (wall, cpu): (Get<f64>, Get<f64>) = (|r| 1.0 / r.per_s, |r| r.cpu_us_per_activity);
            println!("\nFlatness: one activity of \"{group} {larger}\" against one of \"{group} {base}\":");
            println!("  durable: CPU {}, time {}", ratios(cpu, |p| &p.durable), ratios(wall, |p| &p.durable));
            println!("  floor:   CPU {}, time {}", ratios(cpu, |p| &p.floor), ratios(wall, |p| &p.floor));
        }
    }
}

/// Activities of one instance.
fn size(pair: &Pair) -> u32 {
    pair.workload.units() / runs(pair.workload)
}

fn runs(workload: Workload) -> u32 {
    match workload {
        Workload::Long { runs, .. } | Workload::FanOut { runs, .. } | Workload::Children { runs, .. } => runs,
        Workload::Chain { .. } | Workload::Latency { .. } => 1,
    }
}
