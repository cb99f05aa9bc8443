//! What a worker does, for the `metrics` facade: install any recorder, and it is there.
//!
//! Counters, all since the worker's start: `durable_turns_total`, `durable_batches_total`,
//! `durable_instances_started_total`, `durable_instances_ended_total` (label `status`),
//! `durable_instances_parked_total`, `durable_instances_claimed_total`,
//! `durable_activities_started_total`, `durable_activities_ended_total` (label `outcome`),
//! `durable_store_errors_total`. Gauges: `durable_instances_in_memory`, `durable_sessions`,
//! `durable_activities_running`, `durable_activities_waiting`, `durable_suspects`.

use metrics::{counter, gauge};

use crate::worker::health::{Counters, Health};

/// What was told before: the facade wants differences.
#[derive(Default)]
pub(crate) struct Published {
    last: Counters,
}

impl Published {
    pub(crate) fn publish(&mut self, health: &Health) {
        let (now, last) = (&health.counters, &self.last);
        if now != last {
            counter!("durable_turns_total").increment(now.turns - last.turns);
            counter!("durable_batches_total").increment(now.batches - last.batches);
            counter!("durable_instances_started_total").increment(now.started - last.started);
            counter!("durable_instances_ended_total", "status" => "Completed")
                .increment(now.completed - last.completed);
            counter!("durable_instances_ended_total", "status" => "Failed").increment(now.failed - last.failed);
            counter!("durable_instances_ended_total", "status" => "Terminated")
                .increment(now.terminated - last.terminated);
            counter!("durable_instances_parked_total").increment(now.parked - last.parked);
            counter!("durable_instances_claimed_total").increment(now.claimed - last.claimed);
            counter!("durable_activities_started_total").increment(now.activities_started - last.activities_started);
            counter!("durable_activities_ended_total", "outcome" => "completed")
                .increment(now.activities_completed - last.activities_completed);
            counter!("durable_activities_ended_total", "outcome" => "failed")
                .increment(now.activities_failed - last.activities_failed);
            counter!("durable_store_errors_total").increment(now.store_errors - last.store_errors);
            self.last = *now;
        }
        gauge!("durable_instances_in_memory").set(float(health.instances));
        gauge!("durable_sessions").set(float(health.sessions));
        gauge!("durable_activities_running").set(float(health.activities_running));
        gauge!("durable_activities_waiting").set(float(health.activities_waiting));
        gauge!("durable_suspects").set(float(health.suspects));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts of what is in memory fit")]
fn float(n: usize) -> f64 {
    n as f64
}
