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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    use metrics::{
        Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };

    use super::*;
    use crate::id::{LeaseEpoch, WorkerId};
    use crate::store::Lease;
    use crate::time::Timestamp;
    use crate::worker::health::Vitals;

    /// Keeps sums of counters and last values of gauges, by name and labels.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<BTreeMap<String, f64>>>);

    struct One(Kept, String);

    impl CounterFn for One {
        fn increment(&self, value: u64) {
            *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += f64::from(u32::try_from(value).unwrap());
        }
        fn absolute(&self, _: u64) {}
    }

    impl GaugeFn for One {
        fn increment(&self, _: f64) {}
        fn decrement(&self, _: f64) {}
        fn set(&self, value: f64) {
            self.0.0.lock().unwrap().insert(self.1.clone(), value);
        }
    }

    impl Kept {
        fn one(&self, key: &Key) -> Arc<One> {
            let labels: String = key.labels().map(|l| format!(" {}={}", l.key(), l.value())).collect();
            Arc::new(One(self.clone(), format!("{}{labels}", key.name())))
        }
    }

    impl Recorder for Kept {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.one(key))
        }
        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(self.one(key))
        }
        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::noop()
        }
    }

    #[test]
    fn counters_are_told_as_differences_and_gauges_as_they_are() {
        let lease = Lease { worker: WorkerId(1), epoch: LeaseEpoch(1) };
        let mut health = Vitals::new(lease, Timestamp::MIN).read();
        let (kept, mut published) = (Kept::default(), Published::default());
        metrics::with_local_recorder(&kept, || {
            (health.counters.turns, health.counters.failed, health.sessions) = (3, 1, 7);
            published.publish(&health);
            (health.counters.turns, health.sessions) = (5, 2);
            published.publish(&health);
        });
        let kept = kept.0.lock().unwrap();
        let value = |name: &str| kept.get(name).copied();
        assert_eq!(value("durable_turns_total"), Some(5.0));
        assert_eq!(value("durable_instances_ended_total status=Failed"), Some(1.0));
        assert_eq!(value("durable_sessions"), Some(2.0));
    }
}
