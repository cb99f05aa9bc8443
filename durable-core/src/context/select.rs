//! The first of several durable operations, and results in the order in which they come.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::context::DurableFuture;
use crate::context::join::Children;

/// Waits for the first to be ready, and gives its place in the input and its value. The others
/// are dropped, and so cancelled. The earliest event in history wins.
///
/// # Panics
///
/// If the input is empty there is nothing to wait for.
pub fn select_all<I>(futures: I) -> SelectAll<I::IntoIter>
where
    I: IntoIterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
    SelectAll(as_completed(futures))
}

/// What [`select_all`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct SelectAll<I>(AsCompleted<I>)
where
    I: Iterator,
    I::Item: IntoFuture;

impl<I> Future for SelectAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    type Output = (usize, <<I::Item as IntoFuture>::IntoFuture as Future>::Output);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.children.poll_next(cx) {
            Poll::Ready(Some(first)) => {
                self.0.children.clear();
                Poll::Ready(first)
            }
            Poll::Ready(None) => panic!("`select_all` of nothing: there is nothing to wait for"),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[diagnostic::do_not_recommend]
impl<I> DurableFuture for SelectAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
}

/// Gives results in the order in which they come, each with its place in the input:
///
/// ```text
/// let mut results = durable::as_completed(calls).limit(50);
/// while let Some((n, result)) = results.next().await { … }
/// ```
pub fn as_completed<I>(futures: I) -> AsCompleted<I::IntoIter>
where
    I: IntoIterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
    AsCompleted { children: Children::new(futures.into_iter()) }
}

/// What [`as_completed`] returns: a stream of results in order of completion. Dropping it cancels
/// what has no result.
#[must_use = "it does nothing unless `next()` is awaited"]
pub struct AsCompleted<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    children: Children<I, <I::Item as IntoFuture>::IntoFuture>,
}

impl<I> AsCompleted<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    /// At most `n` in flight: the next is taken from the iterator, and so scheduled, when one
    /// ends. 0 is taken as 1.
    pub fn limit(mut self, n: usize) -> Self {
        self.children.limit(n);
        self
    }

    /// The next result, with its place in the input; `None` after the last.
    #[expect(clippy::should_implement_trait, reason = "the `next` of a stream, which is awaited")]
    pub fn next(&mut self) -> NextCompleted<'_, I> {
        NextCompleted(self)
    }
}

// The children are boxed and nothing else is ever pinned.
impl<I> Unpin for AsCompleted<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
}

/// What [`AsCompleted::next`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct NextCompleted<'a, I>(&'a mut AsCompleted<I>)
where
    I: Iterator,
    I::Item: IntoFuture;

impl<I> Future for NextCompleted<'_, I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    type Output = Option<(usize, <<I::Item as IntoFuture>::IntoFuture as Future>::Output)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.children.poll_next(cx)
    }
}

#[diagnostic::do_not_recommend]
impl<I> DurableFuture for NextCompleted<'_, I>
where
    I: Iterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
}

macro_rules! select_tuples {
    ($either:ident, $select:ident: $($name:ident $index:tt),+) => {
        /// Which branch of a `select!` was first.
        #[doc(hidden)]
        pub enum $either<$($name),+> {
            $(#[allow(missing_docs, reason = "the branches are numbered")] $name($name)),+
        }

        /// What a `select!` awaits. Every branch is polled until one is ready, from the top; the
        /// messages of a turn come one by one, so the earliest event wins.
        #[doc(hidden)]
        pub struct $select<$($name),+>($(pub Pin<Box<$name>>),+);

        impl<$($name: DurableFuture),+> Future for $select<$($name),+> {
            type Output = $either<$($name::Output),+>;
            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                $(
                    if let Poll::Ready(value) = self.$index.as_mut().poll(cx) {
                        return Poll::Ready($either::$name(value));
                    }
                )+
                Poll::Pending
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name: DurableFuture),+> DurableFuture for $select<$($name),+> {}
    };
}
select_tuples!(Either1, Select1: A 0);
select_tuples!(Either2, Select2: A 0, B 1);
select_tuples!(Either3, Select3: A 0, B 1, C 2);
select_tuples!(Either4, Select4: A 0, B 1, C 2, D 3);
select_tuples!(Either5, Select5: A 0, B 1, C 2, D 3, E 4);
select_tuples!(Either6, Select6: A 0, B 1, C 2, D 3, E 4, F 5);
