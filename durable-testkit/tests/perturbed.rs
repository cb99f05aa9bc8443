//! What an orchestrator reads behind the back of the macros, and what the test hub says of it.

#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use durable::prelude::*;
use durable::testing::TestHub;

/// Something that an orchestrator does where no macro sees it.
struct Habit {
    name: &'static str,
    line: u32,
    code: fn() -> String,
}

impl Habit {
    #[track_caller]
    const fn new(name: &'static str, code: fn() -> String) -> Self {
        Self { name, line: Location::caller().line(), code }
    }
}

fn unix(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[rustfmt::skip] // One line each: the line is what is checked.
const HABITS: &[Habit] = &[
    Habit::new("clock", || (unix(SystemTime::now()) / 1000).to_string()),
    Habit::new("coarse clock, no effect", || (unix(SystemTime::now()) / 1_000_000_000_000).to_string()),
    Habit::new("instant", || format!("{:?}", Instant::now())),
    Habit::new("elapsed", || (Instant::now().elapsed() > Duration::from_secs(60)).to_string()),
    Habit::new("uuid", || uuid::Uuid::new_v4().to_string()),
    Habit::new("os random", || rand::TryRngCore::try_next_u64(&mut rand::rngs::OsRng).unwrap().to_string()),
    Habit::new("thread random", || rand::random::<u64>().to_string()),
    Habit::new("variable", || std::env::var("PATH").is_ok().to_string()),
    Habit::new("unset variable", || std::env::var("DURABLE_NO_SUCH_VARIABLE").is_ok().to_string()),
    Habit::new("file", || std::fs::read_to_string("/etc/passwd").is_ok().to_string()),
    Habit::new("metadata", || std::path::Path::new("/etc/passwd").exists().to_string()),
    Habit::new("sleep", || { std::thread::sleep(millis(1)); 0.to_string() }),
    Habit::new("network", || std::net::TcpStream::connect("127.0.0.1:1").is_ok().to_string()),
    Habit::new("order", || { let map: HashMap<u32, u32> = (0..20).map(|n| (n, n)).collect(); format!("{:?}", map.keys()) }),
    Habit::new("lookup", || { let map: HashMap<u32, u32> = (0..20).map(|n| (n, n)).collect(); map[&7].to_string() }),
    Habit::new("pure", || { let map: BTreeMap<u32, u32> = (0..20).map(|n| (n, n)).collect(); format!("{:?}", map.keys()) }),
    Habit::new("backtrace", || { let _ = std::backtrace::Backtrace::force_capture().to_string(); 0.to_string() }),
    Habit::new("caught panic", || std::panic::catch_unwind(|| panic!("on purpose")).is_err().to_string()),
];

struct Does(String);

impl fmt::Display for Does {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let habit = HABITS.iter().find(|habit| habit.name == self.0).unwrap();
        f.write_str(&(habit.code)())
    }
}

#[activity]
async fn note(_text: String) -> Result<()> {
    Ok(())
}

/// What it reads decides what it does.
#[orchestrator]
async fn decides(ctx: &OrchestrationContext, habit: String) -> Result<()> {
    ctx.call(note(format!("{}", Does(habit)))).await?;
    ctx.timer(Duration::from_secs(60)).await;
    Ok(())
}

/// It reads and does nothing with it.
#[orchestrator]
async fn ignores(ctx: &OrchestrationContext, habit: String) -> Result<bool> {
    ctx.timer(Duration::from_secs(60)).await;
    let text = format!("{}", Does(habit));
    Ok(text.is_empty())
}

#[orchestrator]
async fn vouches(ctx: &OrchestrationContext, habit: String) -> Result<()> {
    let text = durable::trust!("it is what this test is about", format!("{}", Does(habit)));
    ctx.call(note(text)).await?;
    Ok(())
}

#[orchestrator]
async fn records(ctx: &OrchestrationContext, habit: String) -> Result<()> {
    let text: String = ctx.side_effect(|| format!("{}", Does(habit))).await;
    ctx.call(note(text)).await?;
    Ok(())
}

fn hub() -> TestHub {
    let hub = TestHub::new();
    hub.register(decides::definition()).register(ignores::definition()).register(vouches::definition());
    hub.register(records::definition()).register(note::definition());
    hub
}

/// What the hub says of it; nothing if it is content.
fn verdict<D: durable::Orchestrator>(hub: &TestHub, start: durable::Invocation<D>) -> String
where
    D::Ok: fmt::Debug,
    D::Err: fmt::Debug,
{
    hub.start(start).result().err().map(|e| e.to_string()).unwrap_or_default()
}

/// The text names this, and the line of the habit.
#[track_caller]
fn check(text: &str, habit: &str, says: &str) {
    let line = HABITS.iter().find(|h| h.name == habit).unwrap().line;
    let at = format!("{says} at tests/perturbed.rs:{line}: ");
    assert!(text.contains("nondeterminism") && text.contains(&at), "{habit}: expected {at:?} in {text:?}");
}

#[track_caller]
fn check_both(habit: &str, says: &str) {
    check(&verdict(&hub(), decides(habit.into())), habit, says);
    check(&verdict(&hub(), ignores(habit.into())), habit, says);
}

#[test]
fn what_is_read_is_named_with_its_line() {
    for habit in ["clock", "coarse clock, no effect", "instant", "elapsed"] {
        check_both(habit, "D0001: the clock was read");
    }
    for habit in ["uuid", "os random"] {
        check_both(habit, "D0002: random bytes were drawn");
    }
    for habit in ["variable", "unset variable"] {
        check_both(habit, "D0003: an environment variable was read");
    }
    for habit in ["file", "metadata"] {
        check_both(habit, "D0004: a file was opened or looked up");
    }
    check_both("sleep", "D0006: the thread slept");
    check_both("network", "D0005: the network was used");
}

#[test]
fn what_is_not_seen_differs_all_the_same() {
    for habit in ["order", "thread random"] {
        let text = verdict(&hub(), decides(habit.into()));
        assert!(text.contains("nondeterminism") && !text.contains("perturbed.rs"), "{habit}: {text}");
    }
}

#[test]
fn another_decision_is_shown_with_what_was_read() {
    let text = verdict(&hub(), decides("variable".into()));
    assert!(text.contains("true") && text.contains("false"), "{text}");
    let text = verdict(&hub(), ignores("variable".into()));
    assert!(text.contains("the same by chance"), "{text}");
}

#[test]
fn what_is_harmless_vouched_for_or_recorded_is_left_alone() {
    let hub = hub();
    for habit in ["lookup", "pure", "backtrace", "caught panic"] {
        assert_eq!(verdict(&hub, decides(habit.into())), "", "{habit}");
        assert_eq!(verdict(&hub, ignores(habit.into())), "", "{habit}");
    }
    // Vouched for: what comes out is not changed either.
    for habit in ["elapsed", "variable", "unset variable", "file", "metadata", "sleep", "network"] {
        assert_eq!(verdict(&hub, vouches(habit.into())), "", "{habit}");
    }
    for habit in HABITS {
        assert_eq!(verdict(&hub, records(habit.name.into())), "", "{}", habit.name);
    }
}

#[test]
fn it_can_be_switched_off() {
    let hub = hub();
    hub.perturbed(false);
    for habit in ["coarse clock, no effect", "variable", "file", "sleep"] {
        assert_eq!(verdict(&hub, decides(habit.into())), "", "{habit}");
    }
    hub.perturbed(true);
    check(&verdict(&hub, decides("file".into())), "file", "D0004: a file was opened or looked up");
}

/// How far a clock is from where it was.
fn is_true_time(began: (SystemTime, Instant)) -> bool {
    let (wall, monotonic) = (SystemTime::now().duration_since(began.0), Instant::now() - began.1);
    monotonic < Duration::from_secs(600) && wall.is_ok_and(|wall| wall < Duration::from_secs(600))
}

/// A worker over SQLite and timers of tokio run on other threads while orchestrators are perturbed.
#[test]
fn everybody_else_sees_the_true_surroundings() {
    let began = (SystemTime::now(), Instant::now());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let others = runtime.spawn(async move {
        let dir = tempfile::tempdir().unwrap();
        let store = durable_sqlite::SqliteStore::open(dir.path().join("other.db")).await.unwrap();
        let worker = durable::Worker::builder(store).register(records::definition()).register(note::definition());
        let worker = worker.start().await.unwrap();
        for _ in 0..20 {
            let handle = worker.client().start(records("clock".into())).await.unwrap();
            handle.result().await.unwrap();
            tokio::time::sleep(millis(5)).await;
            assert!(is_true_time(began) && std::env::var("PATH").is_ok());
        }
        worker.shutdown().await.unwrap();
    });
    let mut runs = 0;
    while !others.is_finished() {
        check_both("clock", "D0001: the clock was read");
        runs += 1;
        assert!(
            is_true_time(began) && std::env::var("PATH").is_ok(),
            "the test's own thread, outside of orchestrators"
        );
    }
    runtime.block_on(others).unwrap();
    assert!(runs > 0);
}
