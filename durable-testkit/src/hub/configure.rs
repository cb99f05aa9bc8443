//! What a hub runs, and how.

use std::sync::Arc;
use std::time::Duration;

use durable_core::{Activity, ActivityContext, Registration, Registry};
use serde::de::DeserializeOwned;

use super::TestHub;
use super::setup::{Setup, closure};

/// What a hub runs, and how. All of it can be changed while instances are there: the worker stops
/// in good order, and one with the new settings goes on. So a test deploys new code.
impl TestHub {
    fn configure(&self, change: impl FnOnce(&mut Setup)) {
        let mut world = self.world.borrow_mut();
        world.stop();
        change(&mut world.setup);
    }

    /// Adds a definition: `hub.register(approval::definition())`.
    ///
    /// # Panics
    ///
    /// If another definition of this name is registered already.
    pub fn register(&self, definition: Registration) -> &Self {
        self.configure(|setup| {
            if let Err(e) = setup.registry.add(definition) {
                panic!("the test hub cannot run this: {e}");
            }
        });
        self
    }

    /// Adds all of a registry.
    ///
    /// # Panics
    ///
    /// As [`TestHub::register`].
    pub fn register_from(&self, registry: Registry) -> &Self {
        self.configure(|setup| {
            if let Err(e) = setup.registry.merge(registry) {
                panic!("the test hub cannot run this: {e}");
            }
        });
        self
    }

    /// Adds everything that is annotated in this binary.
    ///
    /// ```standalone_crate
    /// use durable::prelude::*;
    /// use durable::testing::TestHub;
    ///
    /// #[orchestrator]
    /// async fn wait(ctx: &OrchestrationContext, days: u64) -> Result<u64> {
    ///     ctx.timer(std::time::Duration::from_secs(days * 86_400)).await;
    ///     Ok(days)
    /// }
    ///
    /// # fn main() {
    /// let hub = TestHub::new();
    /// hub.register_all();
    /// assert_eq!(hub.start(wait(365)).result(), Ok(365));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If two definitions have one name.
    #[cfg(feature = "inventory")]
    pub fn register_all(&self) -> &Self {
        match Registry::collected() {
            Ok(registry) => self.register_from(registry),
            Err(e) => panic!("the test hub cannot run this: {e}"),
        }
    }

    /// Takes everything that was registered out again, replacements apart: what is registered from
    /// now on is what a new deployment knows. Instances wait until their orchestrator is there.
    pub fn unregister_all(&self) -> &Self {
        self.configure(|setup| setup.registry = Registry::new());
        self
    }

    /// Runs this closure in the place of an activity. It gets the arguments as a tuple:
    /// `hub.replace::<charge, _>(|(order,): (Order,)| Ok(receipt))`; none at all as `()`. The
    /// activity need not be registered.
    pub fn replace<D, A>(&self, mut code: impl FnMut(A) -> Result<D::Ok, D::Err> + Send + 'static) -> &Self
    where
        D: Activity,
        A: DeserializeOwned + 'static,
    {
        self.replace_with_context::<D, A>(move |_, arguments| code(arguments))
    }

    /// As [`TestHub::replace`], with the activity's context: which attempt it is, who called.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use durable::prelude::*;
    /// # use durable::testing::TestHub;
    /// #[activity(retry(max_attempts = 3, first = "1h"))]
    /// async fn charge(cents: u64) -> Result<String> {
    ///     Ok(format!("charged {cents}"))
    /// }
    ///
    /// #[orchestrator]
    /// async fn buy(ctx: &OrchestrationContext, cents: u64) -> Result<String> {
    ///     Ok(ctx.call(charge(cents)).await?)
    /// }
    ///
    /// let hub = TestHub::new();
    /// hub.register(buy::definition());
    /// hub.replace_with_context::<charge, _>(|ctx, (cents,): (u64,)| match ctx.attempt() {
    ///     1 | 2 => Err(durable::Error::msg("the bank is closed")),
    ///     _ => Ok(format!("charged {cents} at last")),
    /// });
    /// let began = hub.now();
    /// assert_eq!(hub.start(buy(5)).result().unwrap(), "charged 5 at last");
    /// assert_eq!(hub.now() - began, Duration::from_secs(2 * 3600));
    /// ```
    pub fn replace_with_context<D, A>(
        &self,
        code: impl FnMut(&ActivityContext, A) -> Result<D::Ok, D::Err> + Send + 'static,
    ) -> &Self
    where
        D: Activity,
        A: DeserializeOwned + 'static,
    {
        self.configure(|setup| setup.replace::<D>(closure::<D, A, _>(code)));
        self
    }

    /// This activity does not end before it is cancelled: to see what its caller does then.
    pub fn hang<D: Activity>(&self) -> &Self {
        self.configure(Setup::hang::<D>);
        self
    }

    /// This activity's own code runs again.
    pub fn restore<D: Activity>(&self) -> &Self {
        self.configure(Setup::restore::<D>);
        self
    }

    /// This activity, replaced or not, takes so long by the virtual clock; no time at all unless
    /// given.
    pub fn takes<D: Activity>(&self, duration: Duration) -> &Self {
        self.configure(|setup| {
            setup.takes.insert(D::NAME, duration);
        });
        self
    }

    /// A value that activities find with `ctx.data::<T>()`.
    ///
    /// # Panics
    ///
    /// If an activity that has run still holds the values there were.
    pub fn data<T: Send + Sync + 'static>(&self, value: T) -> &Self {
        self.configure(|setup| match Arc::get_mut(&mut setup.data) {
            Some(data) => data.insert(value),
            None => panic!("an activity still holds the test hub's data: call `.data(..)` before anything runs"),
        });
        self
    }

    /// How long to wait, by the real clock, for an activity that is not replaced; 5 s unless given.
    /// After that the virtual clock goes on without it.
    pub fn patience(&self, patience: Duration) -> &Self {
        self.configure(|setup| setup.patience = patience);
        self
    }

    /// Whether the second run of each turn sees another clock, other random bytes and another
    /// environment than the first, and is refused if it looks at them, or at files, the network or a
    /// sleep; so unless given, on Linux with glibc. With `false` only the decisions are compared.
    pub fn perturbed(&self, on: bool) -> &Self {
        self.configure(|setup| setup.is_perturbed = on);
        self
    }

    /// How often the clock may jump while [`TestRun::result`](super::TestRun::result) waits, before
    /// it says that there is no end in sight; 100,000 times unless given.
    pub fn jump_limit(&self, jumps: u32) -> &Self {
        self.configure(|setup| setup.jumps_max = jumps);
        self
    }
}
