//! One orchestrator per thing that can go wrong.

use std::time::Duration;

use durable_core::macro_support::block;
use durable_core::{CallError, Invocation, Registry, RegistryError, RetryPolicy, join_all, try_join_all};
use serde_json::{Value, json};

use super::activities::{Add, Check, Echo, Flaky, Slow, Square};

/// More than the simulator ever makes one call fail.
const FLAKY_ATTEMPTS: u32 = 8;
/// More than the timeouts that the simulator plans, and those that its clock jumps and pauses
/// bring about.
const SLOW_ATTEMPTS: u32 = 60;

pub(super) fn said(e: CallError<String>) -> String {
    match e {
        CallError::Failed(e) => e,
        other => format!("{other:?}"),
    }
}

orchestrator!(
    /// One after the other.
    Chain, "sim_chain", |ctx, (steps: u64, from: u64)| -> u64 {
        let mut sum = from;
        for step in 0..steps {
            sum = ctx.call(Add::with(sum, step)).await.map_err(said)?;
        }
        Ok(sum)
    }
);

orchestrator!(
    /// All at once, or so many at a time.
    Fan, "sim_fan", |ctx, (width: u64, limit: u64)| -> Vec<u64> {
        let calls = join_all((0..width).map(|n| ctx.call(Square::with(n))));
        let results = if limit == 0 { calls.await } else { calls.limit(limit as usize).await };
        results.into_iter().map(|r| r.map_err(said)).collect()
    }
);

orchestrator!(
    /// All at once, until one fails; the others are cancelled.
    FirstError, "sim_first_error", |ctx, (width: u64, bad: u64)| -> Vec<u64> {
        try_join_all((0..width).map(|n| ctx.call(Check::with(n, bad)))).await.map_err(said)
    }
);

orchestrator!(
    /// Timers, of which some are longer than the worker keeps in memory.
    Naps, "sim_naps", |ctx, (naps: Vec<u64>)| -> (usize, bool) {
        let mut in_time = true;
        for millis in &naps {
            let until = ctx.now() + Duration::from_millis(*millis);
            ctx.timer(Duration::from_millis(*millis)).await;
            in_time &= ctx.now() >= until;
        }
        Ok((naps.len(), in_time))
    }
);

orchestrator!(
    /// An activity that fails now and then.
    Retries, "sim_retries", |ctx, (steps: u64)| -> u64 {
        let mut sum = 0;
        for step in 0..steps {
            let policy = RetryPolicy::exponential(FLAKY_ATTEMPTS, Duration::from_millis(40));
            sum += ctx.call(Flaky::with(step).retry(policy)).await.map_err(said)?;
        }
        Ok(sum)
    }
);

orchestrator!(
    /// Branches of different kinds.
    Joined, "sim_join", |ctx, (a: u64, b: u64, nap: u64)| -> (u64, u64, bool) {
        let started = ctx.now();
        let branch = block(async {
            ctx.timer(Duration::from_millis(nap)).await;
            let sum = ctx.call(Add::with(a, b)).await?;
            ctx.call(Add::with(sum, b)).await
        });
        let (first, second, ()) =
            durable_core::join!(ctx.call(Add::with(a, b)), branch, ctx.timer(Duration::from_millis(nap / 2)));
        Ok((first.map_err(said)?, second.map_err(said)?, ctx.now() >= started + Duration::from_millis(nap)))
    }
);

orchestrator!(
    /// Ends with an error of its own.
    Fails, "sim_fails", |ctx, (steps: u64)| -> u64 {
        for step in 0..steps {
            ctx.call(Add::with(step, step)).await.map_err(said)?;
        }
        Err("as it should".to_owned())
    }
);

orchestrator!(
    /// Ends with the error of a child, of several.
    FailsWithin, "sim_fails_within", |ctx, (steps: u64, depth: u64)| -> u64 {
        let good = ctx.call(Invocation::<Chain>::new(&(steps, 1)));
        let bad = if depth == 0 {
            ctx.call(Invocation::<Fails>::new(&(steps,))).await
        } else {
            ctx.call(Invocation::<FailsWithin>::new(&(steps, depth - 1))).await
        };
        drop(good);
        bad.map_err(said)
    }
);

orchestrator!(
    /// Calls and timers that are dropped: in the turn that made them, later, and at the end.
    Drops, "sim_drops", |ctx, (steps: u64)| -> u64 {
        drop(ctx.call(Add::with(0, 0)));
        let at_the_end = ctx.call(Flaky::with(9).retry(RetryPolicy::fixed(FLAKY_ATTEMPTS, Duration::from_secs(1))));
        let mut result = 0;
        for _ in 0..steps {
            let later = ctx.call(Square::with(7));
            let timer = ctx.timer(Duration::from_secs(3600));
            result = ctx.call(Add::with(2, 3)).await.map_err(said)?;
            drop((later, timer));
        }
        drop(ctx.timer(Duration::from_millis(1)));
        let _kept = (at_the_end, ctx.timer(Duration::from_millis(10)));
        Ok(result)
    }
);

orchestrator!(
    /// Randomness and time, as they were the first time.
    Captures, "sim_captures", |ctx, (rounds: u64)| -> Vec<Value> {
        let mut all = Vec::new();
        for _ in 0..rounds {
            let captured = json!([ctx.random::<u64>(), ctx.new_uuid().to_string(), ctx.now()]);
            let echoed = ctx.call(Echo::with(captured.clone())).await.map_err(said)?;
            if echoed != captured {
                return Err(format!("{captured} has become {echoed}"));
            }
            all.push(captured);
        }
        Ok(all)
    }
);

orchestrator!(
    /// An activity that overruns its timeout now and then.
    Slowly, "sim_slow", |ctx, (steps: u64)| -> bool {
        for step in 0..steps {
            let call = Slow::with(step)
                .timeout(Duration::from_millis(400))
                .retry(RetryPolicy::fixed(SLOW_ATTEMPTS, Duration::from_millis(30)));
            ctx.call(call).await.map_err(said)?;
        }
        Ok(true)
    }
);

pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let all = [
        Chain::registration(),
        Fan::registration(),
        FirstError::registration(),
        Naps::registration(),
        Retries::registration(),
        Joined::registration(),
        Fails::registration(),
        FailsWithin::registration(),
        Drops::registration(),
        Captures::registration(),
        Slowly::registration(),
    ];
    all.into_iter().try_for_each(|r| registry.add(r))
}
