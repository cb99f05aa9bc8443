//! The replay core by itself: messages in, decisions out, as short text.
//!
//! A script is a list of turns separated by `|`, each a list of messages separated by `,`:
//! `start`, `3=ok 7` (operation 3 completed with the JSON `7`), `3=err` (failed), `3!` (timer 3
//! fired), `3!2` (the delay before its attempt 2 is over), `child 3=ok 7` (a sub-orchestration),
//! `event go 7`, `suspend`, `resume`, `terminate`. Turn n happens at second n.

#![allow(clippy::unwrap_used, reason = "a test stops at the first error")]

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use durable_core::context::{Branch, Join};
use durable_core::definition::OrchestratorFn;
use durable_core::history::{Event, ExecutionStarted, Turn};
use durable_core::replay::{Execution, replay};
use durable_core::{
    Activity, CallError, CallOptions, Definition, DefinitionKind, ExecutionId, Failure, FailureKind, InstanceId,
    Invocation, OrchestrationContext, Orchestrator, Payload, RetryPolicy, TaskId, Timestamp, as_completed, join_all,
    select_all, try_join_all,
};

struct Work;

impl Definition for Work {
    const NAME: &'static str = "work";
    const KIND: DefinitionKind = DefinitionKind::Activity;
    type Ok = u64;
    type Err = String;
}

impl Activity for Work {}

fn work(n: u64) -> Invocation<Work> {
    Invocation::new(&(n,))
}

type Output = Result<Payload, Failure>;
type Body = fn(OrchestrationContext) -> Pin<Box<dyn Future<Output = Output>>>;

fn code(body: Body) -> OrchestratorFn {
    Arc::new(move |ctx, _| body(ctx))
}

fn done(value: impl serde::Serialize) -> Output {
    Ok(Payload::encode(&value).unwrap())
}

fn failed(e: &CallError<String>) -> Failure {
    Failure::new(FailureKind::Application, e.to_string())
}

fn message(text: &str) -> Event {
    let number = |s: &str| TaskId(s.trim().parse().unwrap());
    if text == "start" {
        let (name, version, input) = ("f", "", Payload::null());
        return Event::ExecutionStarted(Box::new(ExecutionStarted::new(name, version, input, 42)));
    }
    if let Some(event) = text.strip_prefix("event ") {
        let (name, json) = event.split_once(' ').unwrap();
        return Event::EventRaised { name: name.into(), payload: Payload::from_json(json).unwrap() };
    }
    match text {
        "suspend" => return Event::Suspended { reason: "r".into() },
        "resume" => return Event::Resumed { reason: "r".into() },
        "terminate" => return Event::TerminateRequested { reason: "r".into(), by: None },
        _ => {}
    }
    if let Some((id, outcome)) = text.strip_prefix("child ").and_then(|t| t.split_once('=')) {
        let (id, attempt) = id.split_once('#').map_or((id, 1), |(id, attempt)| (id, attempt.parse().unwrap()));
        return match outcome.strip_prefix("ok ") {
            Some(json) => {
                let result = Payload::from_json(json).unwrap();
                Event::SubOrchestrationCompleted { id: number(id), attempt, result }
            }
            None => {
                let failure = Failure::application(&"no".to_owned(), "no".into(), vec![]);
                Event::SubOrchestrationFailed { id: number(id), attempt, failure }
            }
        };
    }
    if let Some((id, attempt)) = text.split_once('!') {
        return Event::TimerFired { id: number(id), attempt: attempt.parse().unwrap_or(1) };
    }
    let (id, outcome) = text.split_once('=').unwrap();
    let (id, attempt) = id.split_once('#').map_or((id, 1), |(id, attempt)| (id, attempt.parse().unwrap()));
    match outcome.strip_prefix("ok ") {
        Some(json) => Event::TaskCompleted { id: number(id), attempt, result: Payload::from_json(json).unwrap() },
        None => {
            let failure = Failure::application(&"no".to_owned(), "no".into(), vec![]);
            Event::TaskFailed { id: number(id), attempt, failure }
        }
    }
}

fn second(n: usize) -> Timestamp {
    Timestamp::from_unix_micros(i64::try_from(n).unwrap() * 1_000_000)
}

fn instance() -> InstanceId {
    InstanceId::new("i").unwrap()
}

fn run(body: Body, script: &str) -> (String, Vec<Turn>) {
    let mut execution = Execution::new(instance(), ExecutionId(0), code(body));
    let (mut text, mut turns) = (String::new(), Vec::new());
    for (n, turn) in script.split('|').enumerate() {
        let messages = turn.split(',').map(|m| message(m.trim())).collect();
        match execution.run(second(n), messages) {
            Ok(turn) => {
                let decisions: Vec<_> = turn.decisions.iter().map(ToString::to_string).collect();
                writeln!(text, "{}", decisions.join("; ")).unwrap();
                turns.push(turn);
            }
            Err(fault) => writeln!(text, "fault: {fault:?}").unwrap(),
        }
    }
    (text, turns)
}

/// Runs the script, compares the decisions of each turn (a line each), and replays every prefix.
#[track_caller]
fn check(body: Body, script: &str, expected: &str) {
    let (text, turns) = run(body, script);
    let lines = |s: &str| s.lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&text), lines(expected.trim()), "\n{text}");
    for n in 0..=turns.len() {
        let replayed = replay(&instance(), ExecutionId(0), &code(body), &turns[..n]).unwrap();
        assert_eq!(replayed.next_seq(), turns.get(n).map_or(turns.last().unwrap().next_seq(), |t| t.seq));
    }
}

#[test]
fn a_chain_decides_one_call_a_turn() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let mut sum = 0;
            for n in 0..3 {
                sum += ctx.call(work(n)).await.map_err(|e| failed(&e))?;
            }
            done(sum)
        })
    };
    check(
        body,
        "start | 0=ok 10 | 1=ok 20 | 2=ok 30",
        "#0: call activity `work` with [0]
         #1: call activity `work` with [1]
         #2: call activity `work` with [2]
         complete with 60",
    );
    check(body, "start | 0=err", "#0: call activity `work` with [0]\nfail: \"no\"");
}

#[test]
fn calls_are_hot() {
    check(
        |ctx| {
            Box::pin(async move {
                let (a, b) = (ctx.call(work(1)), ctx.call(work(2)));
                let (b, a) = (b.await.unwrap(), a.await.unwrap());
                done((a, b))
            })
        },
        "start | 0=ok 5 | 1=ok 6",
        "#0: call activity `work` with [1]; #1: call activity `work` with [2]

         complete with [5,6]",
    );
}

#[test]
fn several_results_in_one_turn_are_taken_in_order() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let first = try_join_all((0..3).map(|n| ctx.call(work(n)))).await;
            done(first.map_err(|e| e.to_string()))
        })
    };
    let scheduled =
        "#0: call activity `work` with [0]; #1: call activity `work` with [1]; #2: call activity `work` with [2]";
    check(body, "start | 2=ok 2, 0=ok 0, 1=ok 1", &format!("{scheduled}\ncomplete with {{\"Ok\":[0,1,2]}}"));
    // The first error wins; who has no result yet is cancelled, though its result follows in the
    // same turn.
    check(
        body,
        "start | 1=err, 0=ok 0",
        &format!(
            "{scheduled}\n#0: cancel the activity; #2: cancel the activity; complete with {{\"Err\":\"\\\"no\\\"\"}}"
        ),
    );
}

#[test]
fn the_bound_is_kept() {
    check(
        |ctx| {
            Box::pin(async move {
                let all = join_all((0..4).map(|n| ctx.call(work(n)))).limit(2).await;
                done(all.into_iter().map(|r| r.unwrap()).collect::<Vec<_>>())
            })
        },
        "start | 1=ok 11 | 0=ok 10, 2=ok 12 | 3=ok 13",
        "#0: call activity `work` with [0]; #1: call activity `work` with [1]
         #2: call activity `work` with [2]
         #3: call activity `work` with [3]
         complete with [10,11,12,13]",
    );
}

#[test]
fn blocks_number_their_operations_when_first_polled() {
    check(
        |ctx| {
            Box::pin(async move {
                let late = durable_core::__private::block(async { ctx.call(work(1)).await });
                let early = ctx.call(work(0));
                let (late, early) = Join::new((Branch::new(late), Branch::new(early))).await;
                done((late.unwrap(), early.unwrap()))
            })
        },
        "start | 0=ok 0, 1=ok 1",
        "#0: call activity `work` with [0]; #1: call activity `work` with [1]
         complete with [1,0]",
    );
}

#[test]
fn dropping_a_call_cancels_it() {
    check(
        |ctx| {
            Box::pin(async move {
                drop(ctx.call(work(0)));
                let timer = ctx.timer(Duration::from_secs(60));
                ctx.call(work(1)).await.unwrap();
                drop(timer);
                done(())
            })
        },
        "start | 0=ok 9, 2=ok 9",
        "#0: call activity `work` with [0]; #0: cancel the activity; #1: timer at 1970-01-01T00:01:00.000000Z; #2: call activity `work` with [1]
         #1: cancel the timer; complete with null",
    );
}

#[test]
fn what_is_open_at_the_end_is_cancelled() {
    check(
        |ctx| {
            Box::pin(async move {
                std::mem::forget(ctx.timer(Duration::from_secs(1)));
                let _held = ctx.call(work(0));
                done(())
            })
        },
        "start",
        "#0: timer at 1970-01-01T00:00:01.000000Z; #1: call activity `work` with [0]; #1: cancel the activity; #0: cancel the timer; complete with null",
    );
}

#[test]
fn a_panic_fails_and_cancels() {
    check(
        |ctx| {
            Box::pin(async move {
                let _held = ctx.call(work(0));
                ctx.call(work(1)).await.unwrap();
                panic!("oh no")
            })
        },
        "start | 1=ok 1",
        "#0: call activity `work` with [0]; #1: call activity `work` with [1]
         #0: cancel the activity; fail: oh no",
    );
}

#[test]
fn retries_are_decisions() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let call = work(7).retry(RetryPolicy::exponential(3, Duration::from_secs(10)));
            done(ctx.call(call).await.map_err(|e| e.to_string()))
        })
    };
    let options = CallOptions::new().retry(RetryPolicy::exponential(3, Duration::from_secs(10)));
    let call = "call activity `work` with [7]";
    check(
        body,
        // The late result of attempt 1 changes nothing.
        "start | 0=err | 0!2 | 0=ok 5 | 0#2=ok 8",
        &format!(
            "#0: {call} ({options:?})
             #0: timer at 1970-01-01T00:00:11.000000Z, attempt 2
             #0: {call}, attempt 2 ({options:?})

             complete with {{\"Ok\":8}}"
        ),
    );
    check(
        body,
        "start | 0=err | 0!2 | 0#2=err | 0!3 | 0#3=err",
        &format!(
            "#0: {call} ({options:?})
             #0: timer at 1970-01-01T00:00:11.000000Z, attempt 2
             #0: {call}, attempt 2 ({options:?})
             #0: timer at 1970-01-01T00:00:23.000000Z, attempt 3
             #0: {call}, attempt 3 ({options:?})
             complete with {{\"Err\":\"\\\"no\\\"\"}}"
        ),
    );
}

#[test]
fn time_and_randomness_repeat() {
    check(
        |ctx| {
            Box::pin(async move {
                let (before, id, r) = (ctx.now(), ctx.new_uuid(), ctx.random::<u32>());
                ctx.timer(Duration::from_secs(1)).await;
                done((before, ctx.now(), id.to_string(), r, ctx.random::<bool>(), ctx.random::<u32>() == r))
            })
        },
        "start | 0!",
        "#0: timer at 1970-01-01T00:00:01.000000Z
         complete with [0,1000000,\"956eeb2f-2632-47bd-83f1-66b233e3ef28\",319790930,false,false]",
    );
}

#[test]
fn a_foreign_await_is_reported_at_once() {
    let (text, _) = run(|_| Box::pin(async { std::future::pending().await }), "start");
    assert_eq!(text, "fault: ForeignAwait\n");
    let body: Body = |ctx| {
        Box::pin(async move {
            let _open = ctx.call(work(0));
            ctx.call(work(1)).await.unwrap();
            std::future::pending().await
        })
    };
    let (text, _) = run(body, "start | 1=ok 1");
    assert!(text.ends_with("fault: ForeignAwait\n"), "{text}");
}

#[test]
fn a_changed_orchestrator_is_reported_with_both_sides() {
    let recorded: Body = |ctx| {
        Box::pin(async move {
            ctx.call(work(1)).await.unwrap();
            ctx.call(work(2)).await.unwrap();
            done(())
        })
    };
    let (_, turns) = run(recorded, "start | 0=ok 1");

    #[track_caller]
    fn differs(turns: &[Turn], body: Body, says: &[&str]) {
        let e = replay(&instance(), ExecutionId(0), &code(body), turns).unwrap_err().to_string();
        for s in says {
            assert!(e.contains(s), "{s:?} is not in: {e}");
        }
    }
    differs(
        &turns,
        |ctx| {
            Box::pin(async move {
                ctx.call(work(1)).await.unwrap();
                ctx.call(work(3)).await.unwrap();
                done(())
            })
        },
        &["at event 5", "recorded: #1: call activity `work` with [2]", "code now: #1: call activity `work` with [3]"],
    );
    differs(
        &turns,
        |ctx| {
            Box::pin(async move {
                ctx.call(work(1)).await.unwrap();
                ctx.timer(Duration::from_secs(1)).await;
                done(())
            })
        },
        &["recorded: #1: call activity `work` with [2]", "code now: #1: timer at"],
    );
    differs(
        &turns,
        |ctx| {
            Box::pin(async move {
                ctx.call(work(1)).await.unwrap();
                done(())
            })
        },
        &["code now: complete with null"],
    );
    differs(
        &turns,
        |ctx| {
            Box::pin(async move {
                let _more = (ctx.call(work(1)), ctx.call(work(9)));
                std::future::pending().await
            })
        },
        &["awaits something that is not a durable operation"],
    );
    differs(&turns, |_| Box::pin(async { panic!("new code panics") }), &["panics while it repeats", "new code panics"]);
}

#[test]
fn a_damaged_history_is_reported() {
    let body: Body = |ctx| {
        Box::pin(async move {
            ctx.call(work(1)).await.unwrap();
            ctx.call(work(2)).await.unwrap();
            done(())
        })
    };
    let (_, turns) = run(body, "start | 0=ok 1 | 1=ok 2");
    let e = replay(&instance(), ExecutionId(0), &code(body), &turns[1..]).unwrap_err();
    assert!(e.to_string().contains("stands where event 0 should be"), "{e}");
    let twice = [&turns[..], &turns[2..]].concat();
    let e = replay(&instance(), ExecutionId(0), &code(body), &twice).unwrap_err();
    assert!(e.to_string().contains("the history is damaged"), "{e}");
}

#[test]
fn ten_thousand_parallel_calls_are_linear() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let all = join_all((0..10_000).map(|n| ctx.call(work(n)))).await;
            done(all.into_iter().map(|r| r.unwrap()).sum::<u64>())
        })
    };
    let mut execution = Execution::new(instance(), ExecutionId(0), code(body));
    execution.run(second(0), vec![message("start")]).unwrap();
    let results = (0..10_000).rev().map(|n| message(&format!("{n}=ok {n}"))).collect();
    let turn = execution.run(second(1), results).unwrap();
    assert_eq!(turn.terminal().map(ToString::to_string).as_deref(), Some("complete with 49995000"));
}

struct Child;

impl Definition for Child {
    const NAME: &'static str = "child";
    const KIND: DefinitionKind = DefinitionKind::Orchestrator;
    const VERSION: &'static str = "2";
    type Ok = u64;
    type Err = String;
}

impl Orchestrator for Child {}

fn child(n: u64) -> Invocation<Child> {
    Invocation::new(&(n,))
}

#[test]
fn events_are_kept_and_served_in_order() {
    let body: Body = |ctx| {
        Box::pin(async move {
            ctx.timer(Duration::from_secs(1)).await;
            let (first, second) = (ctx.event::<u64>("Go"), ctx.event::<u64>("go"));
            let second = second.await;
            done((first.await, second, ctx.event::<u64>("GO").await))
        })
    };
    let waits = "#0: timer at 1970-01-01T00:00:01.000000Z";
    // Early ones are buffered, names have no case, the oldest wait gets the oldest event.
    check(
        body,
        "start | event gO 1, event go 2, 0! | event go 3",
        &format!(
            "{waits}\n#1: wait for event \"Go\"; #2: wait for event \"go\"; #3: wait for event \"GO\"\ncomplete with [1,2,3]"
        ),
    );
    check(
        body,
        "start | 0! | event other 9 | event go 1 | event go 2, event go 3",
        &format!(
            "{waits}\n#1: wait for event \"Go\"; #2: wait for event \"go\"\n\n\n#3: wait for event \"GO\"; complete with [1,2,3]"
        ),
    );
}

#[test]
fn a_wait_that_is_dropped_gives_its_event_back() {
    check(
        |ctx| {
            Box::pin(async move {
                let (first, second) = (ctx.event::<u64>("go"), ctx.event::<u64>("go"));
                ctx.timer(Duration::from_secs(1)).await;
                // Both were given one; the older one goes back to its place, before the younger.
                drop(first);
                let again = ctx.event::<u64>("go").await;
                done((again, second.await, ctx.event::<u64>("go").await))
            })
        },
        "start | event go 1, event go 2, event go 3 | 2!",
        "#0: wait for event \"go\"; #1: wait for event \"go\"; #2: timer at 1970-01-01T00:00:01.000000Z

         #0: stop waiting for the event; #3: wait for event \"go\"; #4: wait for event \"go\"; complete with [1,2,3]",
    );
}

#[test]
fn the_loser_of_a_race_takes_no_event() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let won = durable_core::__private::block(async {
                durable_core::select! {
                    n = ctx.event::<u64>("go") => Some(n),
                    _ = ctx.timer(Duration::from_secs(5)) => None,
                }
            })
            .await;
            done((won, ctx.event::<u64>("go").await))
        })
    };
    let waits = "#0: wait for event \"go\"; #1: timer at 1970-01-01T00:00:05.000000Z";
    // In one batch the earlier message wins, and the event stays for the next wait.
    check(
        body,
        "start | 1!, event go 7",
        &format!("{waits}\n#0: stop waiting for the event; #2: wait for event \"go\"; complete with [null,7]"),
    );
    check(
        body,
        "start | event go 7, 1! | event go 8",
        &format!("{waits}\n#1: cancel the timer; #2: wait for event \"go\"\ncomplete with [7,8]"),
    );
}

#[test]
fn a_wait_may_have_a_limit() {
    let body: Body = |ctx| Box::pin(async move { done(ctx.event::<u64>("go").timeout(Duration::from_secs(9)).await) });
    let waits = "#0: wait for event \"go\"; #1: timer at 1970-01-01T00:00:09.000000Z";
    check(body, "start | event go 1", &format!("{waits}\n#1: cancel the timer; complete with 1"));
    check(body, "start | 1!", &format!("{waits}\n#0: stop waiting for the event; complete with null"));
}

#[test]
fn a_payload_of_the_wrong_shape_is_said() {
    check(
        |ctx| Box::pin(async move { done(ctx.event::<u64>("go").await) }),
        "start | event go \"x\"",
        "#0: wait for event \"go\"
         fail: the payload of event \"go\": \"x\" is not a `u64`: invalid type: string \"x\", expected u64 at line 1 column 3",
    );
    check(
        |ctx| Box::pin(async move { done(ctx.event::<u64>("go").checked().await.is_err()) }),
        "start | event go \"x\"",
        "#0: wait for event \"go\"\ncomplete with true",
    );
}

#[test]
fn sub_orchestrations_are_called_like_activities() {
    check(
        |ctx| {
            Box::pin(async move {
                let named = ctx.call(child(1).instance_id("named"));
                let derived = ctx.call(child(2));
                let detached = ctx.start_detached(child(3)).unwrap();
                done((derived.await.map_err(|e| e.to_string()), named.await.unwrap(), detached))
            })
        },
        "start | child 0=ok 5 | child 1=err",
        "#0: call orchestrator `child`@2 as \"named\" with [1]; #1: call orchestrator `child`@2 as \"i:00000000:1\" with [2]; #2: start orchestrator `child`@2 as \"i:00000000:2\" with [3]

         complete with [{\"Err\":\"\\\"no\\\"\"},5,\"i:00000000:2\"]",
    );
}

#[test]
fn a_sub_orchestration_that_is_let_go_of_is_terminated() {
    check(
        |ctx| {
            Box::pin(async move {
                let _held = ctx.call(child(1).instance_id("held"));
                drop(ctx.call(child(2).instance_id("dropped")));
                ctx.call(work(3)).await.unwrap();
                done(())
            })
        },
        "start | 2=ok 1",
        "#0: call orchestrator `child`@2 as \"held\" with [1]; #1: call orchestrator `child`@2 as \"dropped\" with [2]; #1: terminate \"dropped\"; #2: call activity `work` with [3]
         #0: terminate \"held\"; complete with null",
    );
}

#[test]
fn a_sub_orchestration_is_retried_as_a_new_instance() {
    let (text, _) = run(
        |ctx| {
            Box::pin(async move {
                let call = child(1).retry(RetryPolicy::fixed(2, Duration::from_secs(1)));
                done(ctx.call(call).await.unwrap())
            })
        },
        "start | child 0=err | 0!2 | child 0#2=ok 4",
    );
    assert!(text.contains("as \"i:00000000:0.2\" with [1], attempt 2"), "{text}");
    assert!(text.ends_with("complete with 4\n"), "{text}");
}

#[test]
fn continue_as_new_is_an_end() {
    check(
        |ctx| {
            Box::pin(async move {
                let _held = ctx.call(work(1));
                ctx.event::<u64>("go").await;
                ctx.continue_as_new(child(8)).await
            })
        },
        "start | event go 1, event go 2",
        "#0: call activity `work` with [1]; #1: wait for event \"go\"
         #0: cancel the activity; continue as new: `child`@2 with [8]",
    );
}

#[test]
fn events_that_nobody_took_are_handed_on() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let _given_but_not_taken = ctx.event::<u64>("a");
            ctx.timer(Duration::from_secs(1)).await;
            ctx.continue_as_new(child(8)).await
        })
    };
    let mut execution = Execution::new(instance(), ExecutionId(0), code(body));
    execution.run(second(0), vec![message("start")]).unwrap();
    // The last came in one batch with what ended the execution.
    let messages = ["event A 1", "event b 2", "1!", "event c 3", "0=ok 1"].map(message);
    execution.run(second(1), messages.to_vec()).unwrap();
    let untaken: Vec<_> = execution.take_untaken_events().iter().map(ToString::to_string).collect();
    assert_eq!(untaken, ["event \"A\" with 1", "event \"b\" with 2", "event \"c\" with 3"]);
}

#[test]
fn while_suspended_messages_are_taken_and_nothing_is_decided() {
    check(
        |ctx| {
            Box::pin(async move {
                let a = ctx.call(work(1)).await.unwrap();
                let b = ctx.call(work(2)).await.unwrap();
                done((a, b, ctx.event::<u64>("go").await))
            })
        },
        "start, suspend | 0=ok 5, event go 7 | suspend | resume | 1=ok 6",
        "#0: call activity `work` with [1]


         #1: call activity `work` with [2]
         #2: wait for event \"go\"; complete with [5,6,7]",
    );
    // Suspended before it has begun: it begins when it is resumed.
    check(
        |ctx| Box::pin(async move { done(ctx.call(work(1)).await.unwrap()) }),
        "start | suspend, 0=ok 1 | terminate",
        "#0: call activity `work` with [1]\n\n#0: cancel the activity; terminated: r",
    );
}

#[test]
fn a_retry_waits_while_suspended() {
    let body: Body = |ctx| {
        Box::pin(async move {
            let call = work(7).retry(RetryPolicy::fixed(2, Duration::from_secs(10)));
            done(ctx.call(call).await.unwrap())
        })
    };
    let (text, _) = run(body, "start | 0=err | suspend | 0!2 | resume | 0#2=ok 8");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines[2], lines[3]), ("", ""));
    assert!(lines[4].contains("attempt 2"), "{text}");
    assert_eq!(lines[5], "complete with 8");
}

#[test]
fn terminate_ends_it_with_all_that_is_open() {
    check(
        |ctx| {
            Box::pin(async move {
                let _timer = ctx.timer(Duration::from_secs(60));
                let _child = ctx.call(child(1).instance_id("c"));
                done(ctx.call(work(1)).await.unwrap())
            })
        },
        "start | 2=ok 1, terminate",
        "#0: timer at 1970-01-01T00:01:00.000000Z; #1: call orchestrator `child`@2 as \"c\" with [1]; #2: call activity `work` with [1]
         #1: terminate \"c\"; #0: cancel the timer; complete with 1",
    );
    check(
        |ctx| {
            Box::pin(async move {
                let _timer = ctx.timer(Duration::from_secs(60));
                done(ctx.call(work(1)).await.unwrap())
            })
        },
        "start | terminate, 1=ok 1",
        "#0: timer at 1970-01-01T00:01:00.000000Z; #1: call activity `work` with [1]
         #0: cancel the timer; #1: cancel the activity; terminated: r",
    );
}

#[test]
fn a_side_effect_happens_once() {
    static RUNS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let body: Body = |ctx| {
        Box::pin(async move {
            let n: u64 = ctx.side_effect(|| RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)).await;
            ctx.call(work(n)).await.unwrap();
            let m: u64 = ctx.side_effect(|| RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)).await;
            done((n, m))
        })
    };
    check(
        body,
        "start | 1=ok 1",
        "#0: record 0; #1: call activity `work` with [0]
         #2: record 1; complete with [0,1]",
    );
    assert_eq!(RUNS.load(std::sync::atomic::Ordering::Relaxed), 2, "three replays ran nothing again");
}

#[test]
fn a_patch_is_taken_by_those_that_had_not_passed_it() {
    let old: Body = |ctx| {
        Box::pin(async move {
            ctx.call(work(1)).await.unwrap();
            ctx.call(work(2)).await.unwrap();
            done(())
        })
    };
    let new: Body = |ctx| {
        Box::pin(async move {
            ctx.call(work(1)).await.unwrap();
            if ctx.patched("swap") {
                ctx.call(work(20)).await.unwrap();
            } else {
                ctx.call(work(2)).await.unwrap();
            }
            done(ctx.patched("swap"))
        })
    };
    check(
        new,
        "start | 0=ok 1 | 1=ok 1",
        "#0: call activity `work` with [1]
         take the new way of patch \"swap\"; #1: call activity `work` with [20]
         complete with true",
    );
    // An instance that had passed the place goes on in the old way …
    let (_, passed) = run(old, "start | 0=ok 1");
    let mut execution = replay(&instance(), ExecutionId(0), &code(new), &passed).unwrap();
    let turn = execution.run(second(9), vec![message("1=ok 1")]).unwrap();
    assert_eq!(turn.terminal().unwrap().to_string(), "complete with false");
    // … one that had not takes the new one.
    let (_, before) = run(old, "start");
    let mut execution = replay(&instance(), ExecutionId(0), &code(new), &before).unwrap();
    let turn = execution.run(second(9), vec![message("0=ok 1")]).unwrap();
    assert_eq!(turn.decisions[0].to_string(), "take the new way of patch \"swap\"");
}

#[test]
fn a_saga_undoes_in_reverse_and_goes_on_when_that_fails() {
    check(
        |ctx| {
            Box::pin(async move {
                let mut saga = ctx.saga();
                saga.step(ctx.call(work(1)), |n| work(n * 100)).await.unwrap();
                saga.step(ctx.call(work(2)), |n| work(n * 100)).await.unwrap();
                let e = saga.step(ctx.call(work(3)), |n| work(n * 100)).await.unwrap_err();
                done((e.error.to_string(), e.not_undone))
            })
        },
        "start | 0=ok 1 | 1=ok 2 | 2=err | 3=err | 4=ok 0",
        "#0: call activity `work` with [1]
         #1: call activity `work` with [2]
         #2: call activity `work` with [3]
         #3: call activity `work` with [200], a compensation
         #4: call activity `work` with [100], a compensation
         complete with [\"\\\"no\\\"\",[[\"work\",\"\\\"no\\\"\"]]]",
    );
}

#[test]
fn the_first_of_many_and_results_as_they_come() {
    check(
        |ctx| {
            Box::pin(async move {
                let (n, first) = select_all((0..3).map(|n| ctx.call(work(n)))).await;
                let mut results = as_completed((5..8).map(|n| ctx.call(work(n)))).limit(2);
                let mut seen = vec![(n, first.unwrap())];
                while let Some((n, result)) = results.next().await {
                    seen.push((n, result.unwrap()));
                }
                done(seen)
            })
        },
        "start | 1=ok 11, 0=ok 10 | 4=ok 6 | 3=ok 5, 5=ok 7",
        "#0: call activity `work` with [0]; #1: call activity `work` with [1]; #2: call activity `work` with [2]
         #0: cancel the activity; #2: cancel the activity; #3: call activity `work` with [5]; #4: call activity `work` with [6]
         #5: call activity `work` with [7]
         complete with [[1,11],[1,6],[0,5],[2,7]]",
    );
}
