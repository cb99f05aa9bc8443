//! The test hub: orchestrations run in a plain `#[test]`, in memory, on one thread, under a clock
//! that skips.
//!
//! * **Time is virtual.** When nothing can run, [`TestRun::result`] moves the clock to the next
//!   deadline: a 30-day timer takes no time. [`TestHub::advance`] moves it so far and no further,
//!   [`TestHub::run_until_idle`] not at all.
//! * **Activities run, or are replaced** by closures ([`TestHub::replace`]), hang until they are
//!   cancelled ([`TestHub::hang`]) or take virtual time ([`TestHub::takes`]). Those that are not
//!   replaced are polled on the test's thread, with a tokio runtime at hand; one that really waits
//!   is waited for by the real clock, up to [`TestHub::patience`].
//! * **One run is like the next**: seeds, generated ids and the order of everything follow from
//!   what the test does.
//! * **Every turn is run twice**, so that an orchestrator that is not deterministic is parked and
//!   its [`TestRun::result`] says why. On Linux the second run sees another clock, other random bytes
//!   and another environment, and what it reads of them is named with its line
//!   ([`TestHub::perturbed`]).
//! * [`crash_everywhere`] shows that an orchestration comes to the same end wherever its worker
//!   crashes; [`replay`] that new code still fits a saved history.
//!
//! ```
//! use std::time::Duration;
//! use durable::prelude::*;
//! use durable::testing::TestHub;
//!
//! #[activity]
//! async fn remind(_who: String) -> Result<()> {
//!     panic!("sends a real mail")
//! }
//!
//! #[orchestrator]
//! async fn approval(ctx: &OrchestrationContext, who: String) -> Result<bool> {
//!     for _ in 0..30 {
//!         if let Some(decision) = ctx.event::<bool>("decision").timeout(Duration::from_secs(86_400)).await {
//!             return Ok(decision);
//!         }
//!         ctx.call(remind(who.clone())).await?;
//!     }
//!     Ok(false)
//! }
//!
//! let hub = TestHub::new();
//! hub.register(approval::definition());
//! hub.replace::<remind, _>(|(who,): (String,)| {
//!     assert_eq!(who, "ann");
//!     Ok(())
//! });
//!
//! // Nobody decides for 30 days.
//! let run = hub.start(approval("ann".into()));
//! assert_eq!(run.result(), Ok(false));
//! assert_eq!(hub.runs_of::<remind>(), 30);
//!
//! // Somebody decides on the third day.
//! let run = hub.start(approval("ann".into()));
//! hub.advance(Duration::from_secs(2 * 86_400 + 60));
//! hub.raise(run.id(), "decision", &true).unwrap();
//! assert_eq!(run.result(), Ok(true));
//! assert_eq!(hub.runs_of::<remind>(), 32);
//! ```

mod activities;
mod configure;
mod crash;
mod effects;
mod input;
mod perturbed;
mod replay;
mod run;
mod setup;
#[cfg(test)]
mod tests;
mod waits;
mod world;

pub use crash::{CrashError, CrashReport, Outcome, crash_everywhere};
pub use durable_core::history::{History, HistoryImportError};
pub use replay::{ReplayError, replay, replay_in};
pub use run::{Stuck, TestRun, TestRunError};
pub use waits::WaitsFor;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use durable_core::history::{History as CoreHistory, PackedTurn, Turn};
use durable_core::store::{InstanceRecord, Store};
use durable_core::{Activity, InstanceId, Timestamp};

use crate::sim::block_on;
use world::{World, sure};

/// A task hub for tests: see the [module](self).
///
/// Clones are the same hub. It stays on the thread of the test.
#[derive(Clone)]
pub struct TestHub {
    world: Rc<RefCell<World>>,
}

impl Default for TestHub {
    fn default() -> Self {
        Self::new()
    }
}

impl TestHub {
    /// An empty hub, at 2026-01-01T00:00:00Z, that knows no definitions.
    pub fn new() -> Self {
        Self { world: Rc::new(RefCell::new(World::new())) }
    }

    // ------------------------------------------------------------------ time

    /// The virtual clock.
    pub fn now(&self) -> Timestamp {
        self.world.borrow().now
    }

    /// Runs everything that can run now. The clock stands still: timers in the future stay there.
    ///
    /// # Panics
    ///
    /// If an orchestration goes round in a circle and never comes to rest.
    pub fn run_until_idle(&self) {
        self.settle();
    }

    /// Moves the clock on by so much, and runs everything that happens on the way, each at its
    /// time.
    ///
    /// # Panics
    ///
    /// As [`TestHub::run_until_idle`].
    pub fn advance(&self, duration: Duration) {
        let until = self.now() + duration;
        self.settle();
        loop {
            let next = self.world.borrow().next_deadline();
            match next {
                Some(at) if at <= until => self.world.borrow_mut().now = at,
                _ => break,
            }
            self.settle();
        }
        self.world.borrow_mut().now = until;
        self.settle();
    }

    fn settle(&self) {
        let settled = self.world.borrow_mut().settle();
        if settled.is_err() {
            panic!("an orchestration goes round in a circle: it never comes to rest, and no time passes\n{self:?}");
        }
    }

    /// The worker crashes now: what it has in memory is gone, its lease is taken over, and
    /// activities that were running run again.
    pub fn crash(&self) {
        self.world.borrow_mut().kill();
    }

    // ------------------------------------------------------------------ looking

    /// The row of an instance: status, custom status, why it is parked. `None` if there is none.
    pub fn instance(&self, id: impl AsRef<str>) -> Option<InstanceRecord> {
        let id = InstanceId::new(id).ok()?;
        sure(block_on(self.world.borrow().store.instance(id)))
    }

    /// The history of an instance's current execution. `None` if there is no such instance.
    ///
    /// # Panics
    ///
    /// If it cannot be read, which no test can bring about.
    pub fn history(&self, id: impl AsRef<str>) -> Option<CoreHistory> {
        let record = self.instance(id)?;
        let packed = sure(block_on(self.world.borrow().store.history(record.key, record.execution)));
        let turns: Result<Vec<Turn>, _> = packed.iter().map(PackedTurn::unpack).collect();
        let turns = turns.unwrap_or_else(|e| panic!("the history of {}: {e}", record.id));
        Some(CoreHistory { instance: record.id, execution: record.execution, turns })
    }

    /// How often this activity was started so far, attempts and runs after crashes included.
    pub fn runs_of<D: Activity>(&self) -> usize {
        self.world.borrow().runs.get(D::NAME).copied().unwrap_or(0)
    }

    /// Every instance that there is, in the order in which they were made.
    pub fn instances(&self) -> Vec<InstanceRecord> {
        sure(block_on(self.world.borrow().store.instances(durable_core::InstanceKey(0), usize::MAX)))
    }
}

impl fmt::Debug for TestHub {
    /// The time and what every instance is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(world) = self.world.try_borrow() else { return f.write_str("TestHub(running)") };
        let now = world.now;
        drop(world);
        write!(f, "TestHub at {now}")?;
        self.instances().iter().try_for_each(|r| write!(f, "\n  {} `{}`: {}", r.id, r.name, r.status))
    }
}
