//! What is measured: the same workloads on `durable` and on the floor.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::system::System;

/// One row of the report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Workload {
    /// Many instances, all started at once.
    Chain { instances: u32, steps: u32 },
    /// Short instances, one at a time.
    Latency { runs: u32, steps: u32 },
    /// One long instance at a time.
    Long { steps: u32, runs: u32 },
    /// One wide instance at a time.
    FanOut { activities: u32, runs: u32 },
    /// One instance at a time that starts many others.
    Children { children: u32, runs: u32 },
}

/// What one run of a workload took.
pub(crate) struct Measured {
    pub(crate) wall: Duration,
    /// Of each instance; only for [`Workload::Latency`].
    pub(crate) latencies: Vec<Duration>,
}

impl Workload {
    /// Every workload, in the order of the report.
    pub(crate) fn all(quick: bool) -> Vec<Workload> {
        let (instances, runs) = if quick { (1_000, 100) } else { (5_000, 300) };
        let mut all = vec![
            Workload::Chain { instances, steps: 5 },
            Workload::Latency { runs, steps: 3 },
            Workload::Long { steps: 100, runs: 10 },
            Workload::Long { steps: 2_000, runs: 1 },
            Workload::Long { steps: 10_000, runs: 1 },
            Workload::FanOut { activities: 1_000, runs: 5 },
            Workload::FanOut { activities: 10_000, runs: 1 },
            Workload::Children { children: 1_000, runs: 5 },
        ];
        if quick {
            all.retain(|w| !matches!(w, Workload::Long { steps: 10_000, .. }));
        }
        all
    }

    /// What `--only` calls it.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Workload::Chain { .. } => "chain",
            Workload::Latency { .. } => "latency",
            Workload::Long { .. } => "long",
            Workload::FanOut { .. } => "fan-out",
            Workload::Children { .. } => "children",
        }
    }

    /// Its name in the report.
    pub(crate) fn name(self) -> String {
        match self {
            Workload::Chain { instances, steps } => format!("chain {instances} x {steps}"),
            Workload::Latency { steps, .. } => format!("latency {steps} steps"),
            Workload::Long { steps, .. } => format!("long {steps}"),
            Workload::FanOut { activities, .. } => format!("fan-out {activities}"),
            Workload::Children { children, .. } => format!("children {children}"),
        }
    }

    /// What its rate counts.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Workload::Chain { .. } | Workload::Latency { .. } => "instances/s",
            Workload::Long { .. } => "steps/s",
            Workload::FanOut { .. } => "activities/s",
            Workload::Children { .. } => "children/s",
        }
    }

    /// How many of [`Workload::unit`] a run makes.
    pub(crate) fn units(self) -> u32 {
        match self {
            Workload::Chain { instances, .. } => instances,
            Workload::Latency { runs, .. } => runs,
            Workload::Long { steps, runs } => steps * runs,
            Workload::FanOut { activities, runs } => activities * runs,
            Workload::Children { children, runs } => children * runs,
        }
    }

    /// How many activities a run makes.
    pub(crate) fn activities(self) -> u32 {
        match self {
            Workload::Chain { instances, steps } => instances * steps,
            Workload::Latency { runs, steps } => runs * steps,
            Workload::Long { .. } | Workload::FanOut { .. } | Workload::Children { .. } => self.units(),
        }
    }

    /// Runs it once.
    pub(crate) async fn run<S: System>(self, system: &S) -> Result<Measured> {
        let mut latencies = Vec::new();
        let start = Instant::now();
        match self {
            Workload::Chain { instances, steps } => {
                let all: Vec<_> = (0..instances).map(|_| tokio::spawn(system.clone().chain(steps))).collect();
                for instance in all {
                    instance.await??;
                }
            }
            Workload::Latency { runs, steps } => {
                for _ in 0..runs {
                    let start = Instant::now();
                    tokio::spawn(system.clone().chain(steps)).await??;
                    latencies.push(start.elapsed());
                }
            }
            Workload::Long { steps, runs } => {
                for _ in 0..runs {
                    tokio::spawn(system.clone().chain(steps)).await??;
                }
            }
            Workload::FanOut { activities, runs } => {
                for _ in 0..runs {
                    tokio::spawn(system.clone().fan_out(activities)).await??;
                }
            }
            Workload::Children { children, runs } => {
                for _ in 0..runs {
                    tokio::spawn(system.clone().children(children)).await??;
                }
            }
        }
        Ok(Measured { wall: start.elapsed(), latencies })
    }
}
