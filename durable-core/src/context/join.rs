//! Waiting for several durable operations at once.
//!
//! A combinator polls only the children that were woken, in the order in which history woke
//! them: 10,000 parallel activities stay linear, and the earliest event wins.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::context::DurableFuture;

/// The children that were woken, in order, and who is to be told.
#[derive(Default)]
struct ReadyQueue(Mutex<Ready>);

#[derive(Default)]
struct Ready {
    woken: VecDeque<usize>,
    parent: Option<Waker>,
}

impl ReadyQueue {
    fn with<T>(&self, f: impl FnOnce(&mut Ready) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct ChildWaker {
    child: usize,
    queue: Arc<ReadyQueue>,
}

impl Wake for ChildWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let parent = self.queue.with(|ready| {
            ready.woken.push_back(self.child);
            ready.parent.take()
        });
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

struct Child<F> {
    future: Pin<Box<F>>,
    waker: Waker,
}

/// Children by number, at most `limit` of them started at a time.
pub(super) struct Children<I, F: Future> {
    source: Option<I>,
    limit: usize,
    running: usize,
    children: Vec<Option<Child<F>>>,
    queue: Arc<ReadyQueue>,
}

impl<I> Children<I, <I::Item as IntoFuture>::IntoFuture>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    pub(super) fn new(source: I) -> Self {
        Self { source: Some(source), limit: usize::MAX, running: 0, children: Vec::new(), queue: Arc::default() }
    }

    pub(super) fn limit(&mut self, n: usize) {
        self.limit = n.max(1);
    }

    /// Drops, and so cancels, all that are not done; starts no more.
    pub(super) fn clear(&mut self) {
        self.source = None;
        self.running = 0;
        self.children.clear();
    }

    /// Starts children while there is room, each polled once in its turn.
    fn start(&mut self) {
        while self.running < self.limit {
            let Some(future) = self.source.as_mut().and_then(Iterator::next) else {
                self.source = None;
                return;
            };
            let child = self.children.len();
            let waker = Waker::from(Arc::new(ChildWaker { child, queue: self.queue.clone() }));
            self.children.push(Some(Child { future: Box::pin(future.into_future()), waker }));
            self.queue.with(|ready| ready.woken.push_back(child));
            self.running += 1;
        }
    }

    /// The next child that is done, with its number; `Ready(None)` when all are.
    #[expect(clippy::type_complexity, reason = "a poll of a stream of numbered outputs")]
    pub(super) fn poll_next(
        &mut self,
        cx: &Context<'_>,
    ) -> Poll<Option<(usize, <<I::Item as IntoFuture>::IntoFuture as Future>::Output)>> {
        loop {
            self.start();
            if self.running == 0 {
                return Poll::Ready(None);
            }
            let next = self.queue.with(|ready| {
                let next = ready.woken.pop_front();
                if next.is_none() {
                    ready.parent = Some(cx.waker().clone());
                }
                next
            });
            let Some(number) = next else { return Poll::Pending };
            let Some(child) = self.children.get_mut(number).and_then(Option::as_mut) else { continue };
            let mut cx = Context::from_waker(&child.waker);
            if let Poll::Ready(output) = child.future.as_mut().poll(&mut cx) {
                self.children[number] = None;
                self.running -= 1;
                return Poll::Ready(Some((number, output)));
            }
        }
    }
}

/// Runs all to completion; the results in the order of the input.
///
/// ```text
/// let sizes = durable::join_all(files.iter().map(|f| ctx.call(copy_file(f)))).limit(50).await;
/// ```
///
/// Without [`limit`](JoinAll::limit) all are scheduled when it is first polled.
pub fn join_all<I>(futures: I) -> JoinAll<I::IntoIter>
where
    I: IntoIterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
    JoinAll { children: Children::new(futures.into_iter()), outputs: Vec::new() }
}

/// What [`join_all`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct JoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    children: Children<I, <I::Item as IntoFuture>::IntoFuture>,
    outputs: Vec<Option<<<I::Item as IntoFuture>::IntoFuture as Future>::Output>>,
}

// The children are boxed and nothing else is ever pinned.
impl<I> Unpin for JoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
}

impl<I> JoinAll<I>
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

    fn keep(&mut self, number: usize, output: <<I::Item as IntoFuture>::IntoFuture as Future>::Output) {
        if self.outputs.len() <= number {
            self.outputs.resize_with(number + 1, || None);
        }
        self.outputs[number] = Some(output);
    }
}

impl<I> Future for JoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    type Output = Vec<<<I::Item as IntoFuture>::IntoFuture as Future>::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        loop {
            match this.children.poll_next(cx) {
                Poll::Ready(Some((number, output))) => this.keep(number, output),
                Poll::Ready(None) => {
                    return Poll::Ready(std::mem::take(&mut this.outputs).into_iter().flatten().collect());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl<I> DurableFuture for JoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
}

/// Runs all until one fails. The first error in history wins and the others are cancelled;
/// otherwise the values in the order of the input.
pub fn try_join_all<I, T, E>(futures: I) -> TryJoinAll<I::IntoIter>
where
    I: IntoIterator,
    I::Item: IntoFuture<Output = Result<T, E>>,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
    TryJoinAll(join_all(futures))
}

/// What [`try_join_all`] returns.
#[must_use = "futures do nothing unless awaited"]
pub struct TryJoinAll<I>(JoinAll<I>)
where
    I: Iterator,
    I::Item: IntoFuture;

impl<I> TryJoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture,
{
    /// At most `n` in flight: the next is taken from the iterator, and so scheduled, when one
    /// ends. 0 is taken as 1.
    pub fn limit(self, n: usize) -> Self {
        Self(self.0.limit(n))
    }
}

impl<I, T, E> Future for TryJoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture<Output = Result<T, E>>,
{
    type Output = Result<Vec<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut self.0;
        loop {
            match this.children.poll_next(cx) {
                Poll::Ready(Some((_, Err(e)))) => {
                    // Now, not when the caller drops this future: the losers are cancelled in the
                    // turn that decided against them.
                    this.children.clear();
                    return Poll::Ready(Err(e));
                }
                Poll::Ready(Some((number, output))) => this.keep(number, output),
                Poll::Ready(None) => {
                    return Poll::Ready(std::mem::take(&mut this.outputs).into_iter().flatten().collect());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl<I, T, E> DurableFuture for TryJoinAll<I>
where
    I: Iterator,
    I::Item: IntoFuture<Output = Result<T, E>>,
    <I::Item as IntoFuture>::IntoFuture: DurableFuture,
{
}

/// A tuple of durable futures: what `durable::join!` waits for.
pub trait JoinTuple {
    /// The tuple of their outputs.
    type Outputs;
    /// Polls those that are not done.
    #[doc(hidden)]
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Self::Outputs>;
}

/// What `durable::join!` awaits.
#[must_use = "futures do nothing unless awaited"]
pub struct Join<T>(T);

impl<T> Unpin for Join<T> {}

impl<T: JoinTuple> Future for Join<T> {
    type Output = T::Outputs;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Outputs> {
        self.0.poll_all(cx)
    }
}

#[diagnostic::do_not_recommend]
impl<T: JoinTuple> DurableFuture for Join<T> {}

impl<T> Join<T> {
    #[doc(hidden)]
    pub fn new(futures: T) -> Self {
        Self(futures)
    }
}

/// One future of a [`JoinTuple`] and, once it is done, its output.
#[doc(hidden)]
pub struct Branch<F: Future> {
    future: Pin<Box<F>>,
    output: Option<F::Output>,
}

impl<F: Future> Branch<F> {
    #[doc(hidden)]
    pub fn new(future: F) -> Self {
        Self { future: Box::pin(future), output: None }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if self.output.is_none()
            && let Poll::Ready(output) = self.future.as_mut().poll(cx)
        {
            self.output = Some(output);
        }
        self.output.is_some()
    }
}

macro_rules! join_tuples {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Future),+> JoinTuple for ($(Branch<$name>,)+) {
            type Outputs = ($($name::Output,)+);
            fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Self::Outputs> {
                // All are polled, so that each takes its number at the first poll, in order.
                let mut done = true;
                $( done &= self.$index.poll(cx); )+
                if !done {
                    return Poll::Pending;
                }
                match ($(self.$index.output.take(),)+) {
                    #[expect(non_snake_case, reason = "the type parameter's name serves as the variable's")]
                    ($(Some($name),)+) => Poll::Ready(($($name,)+)),
                    _ => Poll::Pending,
                }
            }
        }
    };
}
join_tuples!(A 0);
join_tuples!(A 0, B 1);
join_tuples!(A 0, B 1, C 2);
join_tuples!(A 0, B 1, C 2, D 3);
join_tuples!(A 0, B 1, C 2, D 3, E 4);
join_tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
join_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
join_tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
