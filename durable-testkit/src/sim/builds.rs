//! Which build a worker is of: an orchestrator that nobody has waits for a worker that has it.

use std::sync::Arc;
use std::time::Duration;

use durable_core::Registry;
use durable_core::store::{Commit, Offer};

use super::workload::registry_before;
use super::world::Sim;
use super::{Rng, block_on};

pub(super) struct Builds {
    new: Arc<Registry>,
    old: Arc<Registry>,
    order: Order,
}

/// Who has the new build.
enum Order {
    /// All.
    Everywhere,
    /// Every second worker.
    Mixed,
    /// Nobody, until it comes.
    Later(Duration),
    /// All that enter from now on.
    Deployed,
}

impl Builds {
    pub(super) fn draw(rng: &mut Rng, new: Arc<Registry>) -> Self {
        let order = match rng.below(4) {
            0 => Order::Mixed,
            1 => Order::Later(rng.millis(0, 8000)),
            _ => Order::Everywhere,
        };
        Self { old: registry_before().map_or_else(|_| new.clone(), Arc::new), new, order }
    }

    /// What a worker that enters there has.
    pub(super) fn of(&self, slot: usize) -> Arc<Registry> {
        match self.order {
            Order::Mixed if slot % 2 == 1 => self.old.clone(),
            Order::Later(_) => self.old.clone(),
            _ => self.new.clone(),
        }
    }

    pub(super) fn deployed_after(&self) -> Option<Duration> {
        match self.order {
            Order::Later(after) => Some(after),
            _ => None,
        }
    }

    /// Whether some worker may be without some code.
    fn differ(&self) -> bool {
        !matches!(self.order, Order::Everywhere)
    }
}

impl Sim {
    /// One worker after the other makes room for one of the new build.
    pub(super) fn deploy(&mut self) {
        self.note(format_args!("the new build comes"));
        self.builds.order = Order::Deployed;
        for who in self.everybody() {
            // Who does not answer is killed.
            if self.live(who).is_some_and(|live| live.paused_until.is_some()) {
                self.crash(who);
            } else {
                self.stop(who);
            }
        }
    }

    /// What a worker does for `Effect::Recheck`.
    pub(super) fn recheck(&mut self, offers: Vec<Offer>) {
        let workers = block_on(self.store.workers()).unwrap_or_default();
        let is_offered = |o: &Offer| workers.iter().any(|w| !w.fenced && w.offers.contains(o));
        let offered: Vec<Offer> = offers.into_iter().filter(is_offered).collect();
        if !offered.is_empty()
            && let Err(e) = block_on(self.store.unpark(offered, self.now))
        {
            self.violation(format!("nothing could be unparked: {e}"));
        }
    }

    /// Parked is what nobody has the code of, and what is taken for poison.
    pub(super) fn see_parked(&mut self, commit: &Commit, key: durable_core::InstanceKey) {
        let Some(reason) = commit.update.as_ref().and_then(|u| u.parked_reason.as_ref()) else { return };
        if reason.starts_with("no live worker has") && self.builds.differ() {
            self.counters.parked += 1;
        } else if reason.starts_with("poison") && self.config.faults {
            // Nothing here kills its worker; but a worker may be killed whenever just one thing is tried.
            self.counters.poisoned += 1;
            let after = self.rng.millis(100, 1000);
            self.plan(after, super::world::Next::Poke(key));
        } else {
            self.violation(format!("instance {key} was parked: {reason}"));
        }
    }
}
