//! Undoing what was done when a later step fails.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::context::{BoxFuture, DurableFuture, OrchestrationContext};
use crate::definition::{Definition, Invocation};
use crate::failure::CallError;
use crate::macro_support::block;

/// A stack of compensations: made by [`OrchestrationContext::saga`].
///
/// Each step that succeeds pushes how to undo it; when a step fails the compensations run in
/// reverse order, all of them, also when one fails.
pub struct Saga {
    ctx: OrchestrationContext,
    undo: Vec<(String, Compensation)>,
}

type Compensation = Box<dyn FnOnce(&OrchestrationContext) -> BoxFuture<'static, Result<(), String>>>;

/// A step of a saga failed; what had been done was undone, as far as that was possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SagaError<E> {
    /// Why the step failed.
    pub error: E,
    /// The compensations that failed, by name, with their errors: these want a human.
    pub not_undone: Vec<(String, String)>,
}

impl<E: fmt::Display> fmt::Display for SagaError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.error)?;
        self.not_undone.iter().try_for_each(|(name, e)| write!(f, "; compensation `{name}` failed: {e}"))
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for SagaError<E> {}

impl OrchestrationContext {
    /// Begins a saga.
    ///
    /// ```text
    /// let mut saga = ctx.saga();
    /// let car = saga.step(ctx.call(book_car(trip)), |car| cancel_car(car)).await?;
    /// let hotel = saga.step(ctx.call(book_hotel(trip)), |hotel| cancel_hotel(hotel)).await?;
    /// ```
    pub fn saga(&self) -> Saga {
        Saga { ctx: self.clone(), undo: Vec::new() }
    }
}

impl Saga {
    /// Runs a step. If it succeeds, `compensate` makes the call that undoes it, kept for later;
    /// if it fails, everything before it is undone first, and then the error comes back.
    ///
    /// # Errors
    ///
    /// [`SagaError`] with the step's error and the compensations that failed.
    pub fn step<'a, T, E, D, S, F>(
        &'a mut self,
        step: S,
        compensate: F,
    ) -> impl DurableFuture<Output = Result<T, SagaError<E>>> + 'a
    where
        T: 'a,
        E: 'a,
        D: Definition,
        S: DurableFuture<Output = Result<T, E>> + 'a,
        F: FnOnce(&T) -> Invocation<D> + 'a,
    {
        block(async move {
            match step.await {
                Ok(value) => {
                    let call = compensate(&value);
                    self.push(call);
                    Ok(value)
                }
                Err(error) => Err(SagaError { error, not_undone: self.compensate().await }),
            }
        })
    }

    /// Pushes a compensation for something that was done outside of [`Saga::step`].
    pub fn push<D: Definition>(&mut self, call: Invocation<D>) {
        let compensation: Compensation = Box::new(move |ctx| {
            let call = ctx.call(call.compensating());
            Box::pin(block(async move { call.await.map(drop).map_err(|e: CallError<D::Err>| e.to_string()) }))
        });
        self.undo.push((D::NAME.to_owned(), compensation));
    }

    /// Runs the compensations in reverse order now, all of them; gives those that failed.
    pub fn compensate(&mut self) -> impl DurableFuture<Output = Vec<(String, String)>> + '_ {
        block(async move {
            let mut failed = Vec::new();
            while let Some((name, compensation)) = self.undo.pop() {
                if let Err(e) = compensation(&self.ctx).await {
                    failed.push((name, e));
                }
            }
            failed
        })
    }
}

impl fmt::Debug for Saga {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.undo.iter().map(|(name, _)| name)).finish()
    }
}
