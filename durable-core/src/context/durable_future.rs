//! The mark of a future that an orchestrator may await.

use std::future::Future;
use std::ops::DerefMut;
use std::pin::Pin;

/// A future whose completion is recorded in the history.
///
/// Implemented by what the context hands out, by the combinators of this crate, by async blocks
/// inside an `#[orchestrator]` and by `#[durable::helper]` functions. An orchestrator can await
/// nothing else.
#[diagnostic::on_unimplemented(
    message = "an orchestrator can only await durable operations, but this is `{Self}` [D0016]",
    label = "not a durable future",
    note = "why: what the history does not record (tokio's timers, sockets, channels, plain `async fn`s) would never end in a replay, or end differently",
    note = "help: await `ctx.call(..)`, `ctx.timer(..)` or `ctx.event(..)`; put `#[durable::helper]` on async helper functions",
    note = "more: `cargo durable explain D0016`"
)]
pub trait DurableFuture: Future {}

#[diagnostic::do_not_recommend]
impl<F: DurableFuture + ?Sized + Unpin> DurableFuture for &mut F {}

#[diagnostic::do_not_recommend]
impl<P: DerefMut<Target: DurableFuture>> DurableFuture for Pin<P> {}

#[diagnostic::do_not_recommend]
impl<F: DurableFuture + ?Sized + Unpin> DurableFuture for Box<F> {}

/// A boxed durable future: what branches of different types become.
pub type BoxFuture<'a, T> = Pin<Box<dyn DurableFuture<Output = T> + 'a>>;

/// Methods of every durable future.
pub trait DurableFutureExt: DurableFuture {
    /// Boxes it, for branches of different types or for recursion.
    fn boxed<'a>(self) -> BoxFuture<'a, Self::Output>
    where
        Self: Sized + 'a,
    {
        Box::pin(self)
    }
}

impl<F: DurableFuture> DurableFutureExt for F {}
