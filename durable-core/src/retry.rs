//! When a failed activity is tried again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often and after what delay a failed activity runs again.
///
/// The delay before attempt `n + 1` is `first × backoffⁿ⁻¹`, never more than `max_interval`.
/// Delays are durable timers: they survive restarts. Semantics of Durable Functions'
/// `RetryOptions`.
///
/// ```
/// use std::time::Duration;
/// use durable_core::RetryPolicy;
/// let policy = RetryPolicy::exponential(5, Duration::from_secs(1)).max_interval(Duration::from_secs(3));
/// let delays: Vec<_> = (1..5).map(|failed| policy.delay_after(failed, 0).unwrap().as_secs()).collect();
/// assert_eq!(delays, [1, 2, 3, 3]);
/// assert_eq!(policy.delay_after(5, 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetryPolicy {
    max_attempts: u32,
    first: Duration,
    backoff: f64,
    max_interval: Duration,
    jitter: f64,
}

/// Longest delay between two attempts unless told otherwise.
const MAX_INTERVAL_DEFAULT: Duration = Duration::from_secs(3600);

impl RetryPolicy {
    /// The same delay before each further attempt. `max_attempts` counts the first run; 0 is
    /// taken as 1. `first` of zero is taken as 1 ms.
    pub const fn fixed(max_attempts: u32, first: Duration) -> Self {
        let max_attempts = if max_attempts == 0 { 1 } else { max_attempts };
        let first = if first.is_zero() { Duration::from_millis(1) } else { first };
        Self { max_attempts, first, backoff: 1.0, max_interval: MAX_INTERVAL_DEFAULT, jitter: 0.0 }
    }

    /// Twice the delay before each further attempt.
    pub const fn exponential(max_attempts: u32, first: Duration) -> Self {
        Self::fixed(max_attempts, first).backoff(2.0)
    }

    /// The factor from one delay to the next; less than 1 (or not a number) is taken as 1.
    #[must_use]
    pub const fn backoff(mut self, coefficient: f64) -> Self {
        self.backoff = if coefficient >= 1.0 { coefficient } else { 1.0 };
        self
    }

    /// The longest delay; 1 hour unless told otherwise.
    #[must_use]
    pub const fn max_interval(mut self, max: Duration) -> Self {
        self.max_interval = max;
        self
    }

    /// Shortens each delay by a random part of it, up to this share of 1: `0.2` takes off up to
    /// 20 %. Drawn from the execution's seed, so a replay repeats it. Outside of `0.0..=1.0` (or
    /// not a number) it is taken as the nearest of them.
    #[must_use]
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share >= 1.0 {
            1.0
        } else if share > 0.0 {
            share
        } else {
            0.0
        };
        self
    }

    /// How many runs in all.
    pub const fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// The delay after attempt number `failed` (from 1), or `None` when there are no more.
    /// `random` decides the jitter; 0 takes nothing off.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    pub fn delay_after(&self, failed: u32, random: u64) -> Option<Duration> {
        if failed >= self.max_attempts {
            return None;
        }
        // Repeated multiplication, not `powi`: the same bits on every platform, for replay.
        let max = self.max_interval.as_secs_f64();
        let mut seconds = self.first.as_secs_f64();
        for _ in 1..failed {
            if seconds >= max {
                break;
            }
            seconds *= self.backoff;
        }
        let seconds = seconds.min(max);
        let part = (random >> 11) as f64 / (1_u64 << 53) as f64;
        let seconds = seconds - seconds * self.jitter * part;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).min(self.max_interval))
    }
}
