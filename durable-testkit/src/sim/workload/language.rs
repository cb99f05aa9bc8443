//! Orchestrators of the whole language: events, races, children, continue-as-new.

use std::cell::Cell;
use std::time::Duration;

use durable_core::{Invocation, Registry, RegistryError, RetryPolicy, as_completed, join_all, select, select_all};
use serde_json::{Value, json};

use super::activities::{Add, Echo, Square};
use super::orchestrators::{Chain, said};

thread_local! {
    /// What side effects read: another value each time, and the same in every run of a seed.
    static AMBIENT: Cell<u64> = const { Cell::new(0) };
}

/// Before a run.
pub(in crate::sim) fn reset_ambient() {
    AMBIENT.set(0);
}

fn ambient() -> u64 {
    AMBIENT.set(AMBIENT.get() + 1);
    AMBIENT.get()
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

orchestrator!(
    /// Takes events one by one.
    Collect, "sim_collect", |ctx, (count: u64, works: bool)| -> Vec<u64> {
        let mut seen = Vec::new();
        for n in 0..count {
            seen.push(ctx.event::<u64>(if n % 2 == 0 { "Go" } else { "gO" }).await);
            if works {
                ctx.call(Add::with(n, 1)).await.map_err(said)?;
            }
        }
        Ok(seen)
    }
);

orchestrator!(
    /// A few events per execution, some given to waits that do not take them.
    Loop, "sim_loop", |ctx, (total: usize, per: usize, seen: Vec<u64>)| -> Vec<u64> {
        let mut seen = seen;
        let before = seen.len();
        ctx.set_custom_status(&before).map_err(|e| e.to_string())?;
        let (first, second) = (ctx.event::<u64>("go"), ctx.event::<u64>("GO"));
        seen.push(first.await);
        select! {
            n = second => seen.push(n),
            _ = ctx.timer(millis(20)) => {}
        }
        ctx.call(Add::with(1, 1)).await.map_err(said)?;
        while seen.len() < total && seen.len() - before < per {
            seen.push(ctx.event::<u64>("go").await);
        }
        if seen.len() >= total {
            return Ok(seen);
        }
        let _waits_for_what_the_next_one_gets = ctx.event::<u64>("go");
        ctx.continue_as_new(Invocation::<Loop>::new(&(total, per, seen))).await
    }
);

orchestrator!(
    /// Waits with a limit, again and again.
    Patient, "sim_patient", |ctx, (count: usize, limit: u64)| -> Vec<u64> {
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.extend(ctx.event::<u64>("go").timeout(millis(limit)).await);
        }
        Ok(seen)
    }
);

orchestrator!(
    /// An event against an activity against a timer.
    Race, "sim_race", |ctx, (count: usize, nap: u64)| -> Vec<u64> {
        let mut seen = Vec::new();
        while seen.len() < count {
            let pause = select! {
                n = ctx.event::<u64>("go") => { seen.push(n); false },
                sum = ctx.call(Add::with(1, 2)) => { sum.map_err(said)?; true },
                _ = ctx.timer(millis(nap)) => false,
            };
            if pause {
                ctx.timer(millis(nap)).await;
            }
        }
        Ok(seen)
    }
);

orchestrator!(
    /// How many there are of it.
    Tree, "sim_tree", |ctx, (depth: u64, width: u64)| -> u64 {
        if depth == 0 {
            return ctx.call(Add::with(1, 0)).await.map_err(said);
        }
        let children = join_all((0..width).map(|_| ctx.call(Invocation::<Tree>::new(&(depth - 1, width)))));
        let mut sum = 1;
        for count in children.await {
            sum += count.map_err(said)?;
        }
        Ok(sum)
    }
);

orchestrator!(
    /// Starts others and does not wait for them.
    Family, "sim_family", |ctx, (count: u64)| -> Vec<String> {
        let mut ids = Vec::new();
        for n in 0..count {
            let mut child = Invocation::<Chain>::new(&(2, n));
            if n % 2 == 0 {
                child = child.instance_id(format!("{}-{}-{n}", ctx.instance_id(), ctx.execution_id()));
            }
            ids.push(ctx.start_detached(child).map_err(|e| e.to_string())?);
        }
        Ok(ids)
    }
);

orchestrator!(
    /// Fails so often.
    FailsUntil, "sim_fails_until", |ctx, (fails: u32)| -> u32 {
        ctx.call(Add::with(1, 1)).await.map_err(said)?;
        let attempt = ctx.parent().map_or(0, |p| p.attempt);
        if attempt <= fails { Err(format!("attempt {attempt}")) } else { Ok(attempt) }
    }
);

orchestrator!(
    /// Tries a child again, under ids that are made up and under one that stays.
    Stubborn, "sim_stubborn", |ctx, (fails: u32)| -> (u32, u32) {
        let policy = RetryPolicy::fixed(fails + 2, millis(40));
        let derived = Invocation::<FailsUntil>::new(&(fails,)).retry(policy);
        let own = format!("{}-{}-child", ctx.instance_id(), ctx.execution_id());
        let named = Invocation::<FailsUntil>::new(&(fails,)).retry(policy).instance_id(own);
        let (derived, named) = durable_core::join!(ctx.call(derived), ctx.call(named));
        Ok((derived.map_err(said)?, named.map_err(said)?))
    }
);

orchestrator!(
    /// Sends events to a child.
    Postman, "sim_postman", |ctx, (count: u64)| -> Vec<u64> {
        let child = format!("{}-{}-box", ctx.instance_id(), ctx.execution_id());
        let call = ctx.call(Invocation::<Collect>::new(&(count, false)).instance_id(child.clone()));
        for n in 0..count {
            ctx.send_event(child.clone(), "GO", &n).map_err(|e| e.to_string())?;
            if n % 2 == 1 {
                ctx.call(Add::with(n, n)).await.map_err(said)?;
            }
        }
        call.await.map_err(said)
    }
);

orchestrator!(
    /// Answers its parent.
    Pong, "sim_pong", |ctx, (count: u64)| -> u64 {
        for _ in 0..count {
            let n = ctx.event::<u64>("ping").await;
            let parent = ctx.parent().map(|p| p.instance.clone()).unwrap_or_default();
            ctx.send_event(parent, "pong", &(n * 2)).map_err(|e| e.to_string())?;
        }
        Ok(count)
    }
);

orchestrator!(
    /// Asks its child, and waits for the answer.
    Ping, "sim_ping", |ctx, (count: u64)| -> u64 {
        let child = format!("{}-{}-pong", ctx.instance_id(), ctx.execution_id());
        let call = ctx.call(Invocation::<Pong>::new(&(count,)).instance_id(child.clone()));
        for n in 0..count {
            ctx.send_event(child.clone(), "ping", &n).map_err(|e| e.to_string())?;
            let answer = ctx.event::<u64>("pong").await;
            if answer != n * 2 {
                return Err(format!("{answer} answers {n}"));
            }
        }
        call.await.map_err(said)
    }
);

orchestrator!(
    /// Ends only if it is terminated.
    Forever, "sim_forever", |ctx, (depth: u64)| -> u64 {
        if depth > 0 {
            return ctx.call(Invocation::<Forever>::new(&(depth - 1,))).await.map_err(said);
        }
        Ok(ctx.event::<u64>("never").await)
    }
);

orchestrator!(
    /// Runs for ever, as many executions.
    Treadmill, "sim_treadmill", |ctx, (n: u64)| -> u64 {
        ctx.timer(millis(30)).await;
        ctx.continue_as_new(Invocation::<Treadmill>::new(&(n + 1,))).await
    }
);

orchestrator!(
    /// Lets go of children: in the turn that makes them, later, at the end.
    Abandon, "sim_abandon", |ctx, (nap: u64)| -> bool {
        drop(ctx.call(Invocation::<Forever>::new(&(0,))));
        let lost = select! {
            _ = ctx.call(Invocation::<Forever>::new(&(2,))) => true,
            _ = ctx.call(Invocation::<Treadmill>::new(&(0,))) => true,
            _ = ctx.timer(millis(nap)) => false,
        };
        let _kept = (ctx.call(Invocation::<Forever>::new(&(1,))), ctx.call(Invocation::<Treadmill>::new(&(0,))));
        ctx.call(Add::with(1, 1)).await.map_err(said)?;
        Ok(lost)
    }
);

orchestrator!(
    /// One execution after the other.
    Countdown, "sim_countdown", |ctx, (n: u64)| -> u64 {
        if n % 3 == 0 {
            ctx.call(Add::with(n, n)).await.map_err(said)?;
        }
        if n == 0 {
            return Ok(7);
        }
        ctx.continue_as_new(Invocation::<Countdown>::new(&(n - 1,))).await
    }
);

orchestrator!(
    /// Waits for a child that continues as new.
    Awaits, "sim_awaits", |ctx, (n: u64)| -> u64 {
        ctx.call(Invocation::<Countdown>::new(&(n,))).await.map_err(said)
    }
);

orchestrator!(
    /// Leaves a child behind with each execution but the last; each has the same number.
    Restarts, "sim_restarts", |ctx, (n: u64, nap: u64)| -> u64 {
        let child = ctx.call(Invocation::<Countdown>::new(&(n,)));
        if n == 0 {
            return Ok(child.await.map_err(said)? + u64::from(ctx.call(Invocation::<FailsUntil>::new(&(0,))).await.map_err(said)?));
        }
        ctx.timer(millis(nap)).await;
        ctx.continue_as_new(Invocation::<Restarts>::new(&(n - 1, nap))).await
    }
);

orchestrator!(
    /// What was read once is the same ever after; and all take the new way.
    Effects, "sim_effects", |ctx, (rounds: u64)| -> Vec<Value> {
        let mut all = Vec::new();
        for round in 0..rounds {
            let read: u64 = ctx.side_effect(ambient).await;
            if !ctx.patched(if round == 0 { "first" } else { "second" }) {
                return Err("it takes the old way".to_owned());
            }
            let value = json!([read, round]);
            if ctx.call(Echo::with(value.clone())).await.map_err(said)? != value {
                return Err(format!("{value} has become another value"));
            }
            all.push(value);
        }
        Ok(all)
    }
);

orchestrator!(
    /// The first of many, and all as they come.
    Completes, "sim_completes", |ctx, (width: u64)| -> Vec<u64> {
        let (n, first) = select_all((0..width).map(|n| ctx.call(Square::with(n)))).await;
        let first = first.map_err(said)?;
        if first != (n * n) as u64 {
            return Err(format!("{first} is not the square of {n}"));
        }
        let mut results = as_completed((0..width).map(|n| ctx.call(Square::with(n)))).limit(3);
        let mut squares = Vec::new();
        while let Some((_, square)) = results.next().await {
            squares.push(square.map_err(said)?);
        }
        squares.sort_unstable();
        Ok(squares)
    }
);

pub(super) fn register(registry: &mut Registry) -> Result<(), RegistryError> {
    let all = [
        Collect::registration(),
        Loop::registration(),
        Patient::registration(),
        Race::registration(),
        Tree::registration(),
        Family::registration(),
        FailsUntil::registration(),
        Stubborn::registration(),
        Postman::registration(),
        Pong::registration(),
        Ping::registration(),
        Forever::registration(),
        Treadmill::registration(),
        Abandon::registration(),
        Countdown::registration(),
        Awaits::registration(),
        Restarts::registration(),
        Effects::registration(),
        Completes::registration(),
    ];
    all.into_iter().try_for_each(|r| registry.add(r))
}
