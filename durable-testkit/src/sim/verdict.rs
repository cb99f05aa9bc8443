//! What is to be said about a run at its end, and now and then on the way.

use durable_core::InstanceId;
use durable_core::history::{Event, PackedTurn, Turn};
use durable_core::store::Status;

use super::block_on;
use super::client::Start;
use super::workload::Expected;
use super::world::{Next, Sim};
use crate::checker::{Snapshot, check, check_snapshot_at};

impl Sim {
    /// Reads the store and compares it with what it was.
    pub(super) fn observe(&mut self) {
        match block_on(Snapshot::read(&*self.store)) {
            Ok(snapshot) => {
                self.observer.observe(&snapshot);
                for v in check_snapshot_at(&snapshot, None, Some(self.now)).violations() {
                    self.violation(v.to_string());
                }
            }
            Err(e) => return self.violation(format!("the store cannot be read: {e}")),
        }
        self.observed();
        self.plan(self.config.observe_every, Next::Observe);
    }

    fn observed(&mut self) {
        let found: Vec<String> = self.observer.violations().iter().map(ToString::to_string).collect();
        for what in found {
            self.violation(what);
        }
    }

    /// I21: it should have come to an end.
    pub(super) fn not_finished(&mut self) {
        let rows = block_on(Snapshot::read(&*self.store)).map(|s| s.instances).unwrap_or_default();
        let open = rows.iter().map(|i| &i.record).filter(|r| !r.status.is_finished());
        let open: Vec<String> = open
            .map(|r| {
                let reason = r.parked_reason.as_deref().unwrap_or_default();
                format!("{} {} owner {:?} wake {:?} {reason}", r.id, r.status, r.owner, r.wake_at)
            })
            .collect();
        self.violation(format!("I21: not finished after {} steps: [{}]", self.counters.steps, open.join(", ")));
    }

    /// The checker, the expected results, and a last look.
    pub(super) fn judge(&mut self) {
        let registry = self.registry.clone();
        match block_on(check(&*self.store, Some(&registry))) {
            Ok(report) => {
                for v in report.violations() {
                    self.violation(v.to_string());
                }
            }
            Err(e) => return self.violation(format!("the store cannot be read: {e}")),
        }
        let Ok(snapshot) = block_on(Snapshot::read(&*self.store)) else { return };
        self.observer.observe(&snapshot);
        self.observed();
        if !self.violations.is_empty() {
            return;
        }
        let remembered = block_on(self.store.statistics(self.now)).map(|s| s.requests);
        if remembered != Ok(self.monitor.requests.len()) {
            let expected = self.monitor.requests.len();
            return self.violation(format!("I23: {remembered:?} requests are remembered, not {expected}"));
        }
        let mut wrong = Vec::new();
        for start in &self.client.starts {
            let Some(state) = snapshot.instances.iter().find(|i| i.record.id == start.id) else {
                if start.settled {
                    continue;
                }
                wrong.push(format!("{} is not there", start.id));
                continue;
            };
            let turns: Result<Vec<_>, _> = state.turns.iter().map(PackedTurn::unpack).collect();
            let terminated = state.record.status == Status::Terminated && start.job.may_be_terminated;
            let compared = match turns {
                Ok(_) if terminated => Ok(()),
                Ok(turns) => start.job.expected.compare(&turns).and_then(|()| self.started(start, &turns, &snapshot)),
                Err(e) => Err(e.to_string()),
            };
            if let Err(what) = compared {
                wrong.push(format!("{}: {what}", start.id));
            }
        }
        for what in wrong {
            self.violation(what);
        }
        let counters = self.counters;
        self.note(format_args!("the end: {counters:?}"));
    }
    /// Whether those that it has started without waiting for them have ended, too.
    fn started(&self, start: &Start, turns: &[Turn], snapshot: &Snapshot) -> Result<(), String> {
        let (Expected::Started, Some(Event::ExecutionCompleted { output })) =
            (&start.job.expected, turns.last().and_then(Turn::terminal))
        else {
            return Ok(());
        };
        let ids: Vec<String> = output.decode().map_err(|e| e.to_string())?;
        for id in ids {
            let found = snapshot.instances.iter().find(|i| i.record.id.as_str() == id).map(|i| i.record.status);
            let found = found.or_else(|| self.monitor.was_purged(&InstanceId::from_stored(&id)));
            if found != Some(Status::Completed) {
                return Err(format!("it has started {id}, which has not come to a good end"));
            }
        }
        Ok(())
    }
}
