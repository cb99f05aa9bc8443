//! Limits on activities: how many at once, how many in a time; per activity and per queue.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use crate::definition::Registry;
use crate::time::Timestamp;
use crate::worker::activities::{ActivityRun, RunId};

/// A limit on the activities of one worker, for [`WorkerBuilder::limit`](crate::worker::WorkerBuilder::limit).
///
/// Beside the limit on all of them, activities may be limited by name, or together as a queue: the
/// activities that say `#[activity(queue = "…")]`. Limits are those of the worker that was given
/// them; calls wait on that worker, in order, and hold nothing but memory.
///
/// ```
/// use std::time::Duration;
/// use durable_core::worker::Limit;
/// // At most 4 charges at once, and no more than 10 begin in a second.
/// let limit = Limit::activity("charge").concurrency(4).rate(10, Duration::from_secs(1));
/// let gpu = Limit::queue("gpu").concurrency(1);
/// # let _ = (limit, gpu);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    of: LimitOf,
    concurrency: Option<usize>,
    /// The time between two beginnings.
    interval: Option<Duration>,
}

/// What a limit is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitOf {
    /// The activity of this name.
    Activity(String),
    /// All activities of this queue together.
    Queue(String),
}

/// Why a limit cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLimit {
    /// No activity, or no queue, of this name is registered.
    #[error("a limit is set on {0:?}, which no registered activity is or belongs to")]
    Unknown(LimitOf),
    /// Nothing would ever run.
    #[error("the limit on {0:?} cannot be kept: concurrency and rate are at least 1, and a rate has a time above zero")]
    Zero(LimitOf),
    /// It limits nothing.
    #[error("the limit on {0:?} limits nothing: add `.concurrency(..)` or `.rate(..)`")]
    Empty(LimitOf),
}

impl Limit {
    /// A limit on the activity of this name.
    pub fn activity(name: impl Into<String>) -> Self {
        Self { of: LimitOf::Activity(name.into()), concurrency: None, interval: None }
    }

    /// A limit on all activities of this queue together.
    pub fn queue(name: impl Into<String>) -> Self {
        Self { of: LimitOf::Queue(name.into()), concurrency: None, interval: None }
    }

    /// At most so many at once.
    #[must_use]
    pub fn concurrency(mut self, n: usize) -> Self {
        self.concurrency = Some(n);
        self
    }

    /// At most `n` begin in each `per`, evenly spaced: 10 in a second means one every 100 ms.
    #[must_use]
    pub fn rate(mut self, n: u32, per: Duration) -> Self {
        self.interval = Some(per.checked_div(n).unwrap_or(Duration::MAX));
        self
    }

    pub(crate) fn check(&self, registry: &Registry) -> Result<(), InvalidLimit> {
        let of = || self.of.clone();
        let is_known = match &self.of {
            LimitOf::Activity(name) => registry.activity(name).is_some(),
            LimitOf::Queue(name) => registry.queues().any(|(_, queue)| queue == Some(name)),
        };
        if !is_known {
            return Err(InvalidLimit::Unknown(of()));
        }
        if self.concurrency == Some(0) || matches!(self.interval, Some(Duration::MAX | Duration::ZERO)) {
            return Err(InvalidLimit::Zero(of()));
        }
        if self.concurrency.is_none() && self.interval.is_none() {
            return Err(InvalidLimit::Empty(of()));
        }
        Ok(())
    }
}

/// What a limit has let through.
struct Gauge {
    limit: Limit,
    running: usize,
    /// Not before this.
    next: Timestamp,
}

impl Gauge {
    fn admits(&self, now: Timestamp) -> bool {
        self.has_slot() && self.next <= now
    }

    fn has_slot(&self) -> bool {
        self.limit.concurrency.is_none_or(|n| self.running < n)
    }
}

/// The runs that wait, in lanes: one for what is not limited, one for each set of limits.
pub(super) struct Lanes {
    gauges: Vec<Gauge>,
    /// The limits of each lane, and what waits there.
    lanes: Vec<(Vec<usize>, VecDeque<ActivityRun>)>,
    /// The lane of each limited activity.
    of: HashMap<String, usize>,
    /// The lanes of limited runs that have begun.
    begun: HashMap<RunId, usize>,
    /// Where to look first: after the lane that came last.
    turn: usize,
    waiting: usize,
}

impl Lanes {
    pub(super) fn new(registry: &Registry, limits: &[Limit]) -> Self {
        let gauges = limits.iter().map(|limit| Gauge { limit: limit.clone(), running: 0, next: Timestamp::MIN });
        let mut lanes = vec![(Vec::new(), VecDeque::new())];
        let mut of = HashMap::new();
        let mut by_limits: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for (name, queue) in registry.queues() {
            let applies = |limit: &Limit| match &limit.of {
                LimitOf::Activity(activity) => activity == name,
                LimitOf::Queue(of) => queue == Some(of),
            };
            let applying: Vec<usize> = (0..limits.len()).filter(|n| applies(&limits[*n])).collect();
            if applying.is_empty() {
                continue;
            }
            let lane = *by_limits.entry(applying.clone()).or_insert_with(|| {
                lanes.push((applying, VecDeque::new()));
                lanes.len() - 1
            });
            of.insert(name.to_owned(), lane);
        }
        Self { gauges: gauges.collect(), lanes, of, begun: HashMap::new(), turn: 0, waiting: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    pub(super) fn push(&mut self, run: ActivityRun) {
        let lane = if self.of.is_empty() { 0 } else { self.of.get(&*run.ctx.info().name).copied().unwrap_or(0) };
        self.lanes[lane].1.push_back(run);
        self.waiting += 1;
    }

    /// The next run that its limits admit. The lanes take turns, so that what is limited waits for
    /// nothing but its limits.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<ActivityRun> {
        if self.waiting == 0 {
            return None;
        }
        for step in 0..self.lanes.len() {
            let lane = (self.turn + step) % self.lanes.len();
            let (limits, waiting) = &mut self.lanes[lane];
            if !limits.iter().all(|n| self.gauges[*n].admits(now)) {
                continue;
            }
            let Some(run) = waiting.pop_front() else { continue };
            self.waiting -= 1;
            self.turn = (lane + 1) % self.lanes.len();
            return Some(run);
        }
        None
    }

    /// A run that was popped begins.
    pub(super) fn begin(&mut self, run: &ActivityRun, now: Timestamp) {
        let Some(lane) = self.of.get(&*run.ctx.info().name).copied() else { return };
        self.begun.insert(run.id, lane);
        for n in &self.lanes[lane].0 {
            let gauge = &mut self.gauges[*n];
            gauge.running += 1;
            if let Some(interval) = gauge.limit.interval {
                gauge.next = gauge.next.max(now) + interval;
            }
        }
    }

    /// A run has ended.
    pub(super) fn end(&mut self, id: RunId) {
        if self.of.is_empty() {
            return;
        }
        if let Some(lane) = self.begun.remove(&id) {
            for n in &self.lanes[lane].0 {
                self.gauges[*n].running -= 1;
            }
        }
    }

    /// When a rate lets the next one through, if nothing else is in its way.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let waiting = self.lanes.iter().filter(|(limits, waiting)| !limits.is_empty() && !waiting.is_empty());
        let next = waiting.filter_map(|(limits, _)| {
            let gauges = || limits.iter().map(|n| &self.gauges[*n]);
            gauges().all(Gauge::has_slot).then(|| gauges().map(|g| g.next).max()).flatten()
        });
        next.min()
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = ActivityRun> {
        self.waiting = 0;
        self.lanes.iter_mut().flat_map(|(_, waiting)| waiting.drain(..))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::context::{ActivityContext, ActivityInfo, CancelSignal, Data};
    use crate::definition::{Code, Registration, SourceLocation};
    use crate::id::{ExecutionId, InstanceId, TaskId};
    use crate::payload::Payload;

    fn registry() -> Registry {
        let mut registry = Registry::new();
        for (name, queue) in [("a", None), ("b", Some("q")), ("c", Some("q"))] {
            let code = Code::Activity(Arc::new(|_, input| Box::pin(std::future::ready(Ok(input)))), Vec::new());
            let at = SourceLocation { file: name, line: 1 };
            let registration = Registration::new(name, "", at, code);
            let registration = queue.map_or(registration.clone(), |queue| registration.in_queue(queue));
            registry.add(registration).unwrap();
        }
        registry
    }

    fn run(id: u64, name: &str) -> ActivityRun {
        let info = ActivityInfo {
            name: name.into(),
            instance: InstanceId::from_stored("i"),
            execution: ExecutionId(0),
            task: TaskId(0),
            attempt: 1,
            seed: 0,
            trace: None,
            task_ref: None,
        };
        let ctx = ActivityContext::new(Arc::new(info), Arc::new(Data::default()), &CancelSignal::default());
        let code = registry().activity(name).unwrap().clone();
        ActivityRun { id: RunId::for_test(id), code, ctx, input: Payload::null() }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_micros(ms * 1_000)
    }

    /// Which of these begin, at which time, if nothing ends: "a@0" begins at 0 ms.
    #[track_caller]
    fn check(limits: &[Limit], names: &[&str], begins: &[&str]) {
        let mut lanes = Lanes::new(&registry(), limits);
        for (n, name) in names.iter().enumerate() {
            lanes.push(run(n as u64, name));
        }
        let mut begun = Vec::new();
        let mut now = at(0);
        loop {
            while let Some(run) = lanes.pop(now) {
                lanes.begin(&run, now);
                begun.push(format!("{}@{}", run.ctx.info().name, now.unix_micros() / 1_000));
            }
            match lanes.next() {
                Some(next) if next > now => now = next,
                _ => break,
            }
        }
        assert_eq!(begun, begins);
    }

    #[test]
    fn limits_hold_back_what_they_are_about() {
        let per_second = |n| Limit::activity("a").rate(n, Duration::from_secs(1));
        check(&[], &["a", "b", "a"], &["a@0", "b@0", "a@0"]);
        check(&[Limit::activity("a").concurrency(1)], &["a", "a", "b"], &["b@0", "a@0"]);
        check(&[Limit::queue("q").concurrency(2)], &["b", "c", "c", "a"], &["a@0", "b@0", "c@0"]);
        check(&[per_second(10)], &["a", "a", "b", "a"], &["b@0", "a@0", "a@100", "a@200"]);
        let both = [Limit::queue("q").concurrency(3), Limit::activity("b").rate(2, Duration::from_secs(1))];
        check(&both, &["b", "b", "b", "c", "c"], &["b@0", "c@0", "c@0"]);
    }

    #[test]
    fn an_end_makes_room() {
        let mut lanes = Lanes::new(&registry(), &[Limit::activity("a").concurrency(1)]);
        lanes.push(run(1, "a"));
        lanes.push(run(2, "a"));
        let first = lanes.pop(at(0)).unwrap();
        lanes.begin(&first, at(0));
        assert!(lanes.pop(at(0)).is_none());
        lanes.end(first.id);
        assert_eq!(lanes.pop(at(0)).map(|r| r.id), Some(RunId::for_test(2)));
    }

    #[track_caller]
    fn check_invalid(limit: Limit, says: &str) {
        let e = limit.check(&registry()).unwrap_err();
        assert!(e.to_string().contains(says), "{e}");
    }

    #[test]
    fn a_limit_that_cannot_be_kept_is_refused() {
        check_invalid(Limit::activity("nobody").concurrency(1), "no registered activity");
        check_invalid(Limit::queue("nothing").concurrency(1), "no registered activity");
        check_invalid(Limit::activity("a").concurrency(0), "at least 1");
        check_invalid(Limit::activity("a").rate(0, Duration::from_secs(1)), "at least 1");
        check_invalid(Limit::activity("a"), "limits nothing");
    }
}
