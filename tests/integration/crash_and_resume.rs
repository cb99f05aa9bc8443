//! `crash_and_resume`, killed from outside at random moments: it always goes on, and what was
//! recorded never runs again.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use durable::history::Event;
use durable::store::Status;
use durable::{SqliteStore, Store};

use crate::common::check;
use crate::common::random::Random;
use crate::examples::example;

const KILLS: u32 = 50;
const STEPS: u32 = 12;
const SEED: u64 = 0xD0_5EED;

/// How often each step ran, as the steps themselves say.
fn effects(directory: &Path) -> BTreeMap<u32, u32> {
    let text = std::fs::read_to_string(directory.join("data/effects.txt")).unwrap_or_default();
    let mut runs = BTreeMap::new();
    for line in text.lines() {
        let step = line.strip_prefix("step ").and_then(|l| l.split(',').next()).unwrap();
        *runs.entry(step.parse().unwrap()).or_default() += 1;
    }
    runs
}

/// The steps whose completion is in the file now, and whether all is over. Looks at a copy, so
/// that whoever comes next recovers what the dead process left, and not what this left.
async fn recorded(directory: &Path) -> (Vec<u32>, bool) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["hub.db", "hub.db-wal"] {
        let _ = std::fs::copy(directory.join("data").join(name), copy.path().join(name));
    }
    if !copy.path().join("hub.db").exists() {
        return (Vec::new(), false);
    }
    let store = SqliteStore::open(copy.path().join("hub.db")).await.unwrap();
    check::check(&store).await;
    durable_testkit::checker::check(&store, None).await.unwrap().assert_clean();
    let Some(instance) = check::instances(&store).await.into_iter().next() else { return (Vec::new(), false) };
    assert_ne!(instance.status, Status::Parked, "{:?}", instance.parked_reason);
    let turns = check::turns(&store, &instance).await;
    let messages = turns.iter().flat_map(|t| &t.messages);
    let steps = messages.filter_map(|e| match e {
        Event::TaskCompleted { result, .. } => Some(result.decode::<u32>().unwrap()),
        _ => None,
    });
    let steps = steps.collect();
    store.close().await.unwrap();
    (steps, instance.status == Status::Completed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_lose_nothing_and_repeat_nothing_that_was_recorded() {
    let mut random = Random(SEED);
    let start = |directory: &Path| {
        let mut command = example("crash_and_resume", directory);
        command.args(["data", "--no-crash", "--step-ms", "5", "--steps", &STEPS.to_string()]);
        command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
    };
    // The moments are spread over as long as a whole run takes on this machine now.
    let calibration = tempfile::tempdir().unwrap();
    let began = Instant::now();
    assert!(start(calibration.path()).wait().await.unwrap().success());
    let whole = began.elapsed();

    let (mut kills, mut completed) = (0, 0);
    while kills < KILLS {
        let directory = tempfile::tempdir().unwrap();
        let mut before: Vec<(u32, u32)> = Vec::new();
        loop {
            let mut child = start(directory.path());
            let moment = Duration::from_micros(random.below(whole.as_micros().try_into().unwrap()));
            let ended = match tokio::time::timeout(moment, child.wait()).await {
                Ok(status) => {
                    assert!(status.unwrap().success(), "a run that was not killed fails");
                    true
                }
                Err(_) if kills < KILLS => {
                    child.start_kill().unwrap();
                    // It may have come to its end at the same moment.
                    let killed = !child.wait().await.unwrap().success();
                    kills += u32::from(killed);
                    !killed
                }
                Err(_) => {
                    assert!(child.wait().await.unwrap().success());
                    true
                }
            };
            let runs = effects(directory.path());
            for (step, times) in &before {
                assert_eq!(runs[step], *times, "step {step} was recorded and ran again (seed {SEED:#x}, kill {kills})");
            }
            let (recorded, is_completed) = recorded(directory.path()).await;
            before = recorded.iter().map(|step| (*step, runs[step])).collect();
            assert!(is_completed || !ended, "a run that ended has completed");
            if ended {
                assert_eq!(recorded, (1..=STEPS).collect::<Vec<_>>(), "every step, once, in order");
                completed += 1;
                break;
            }
        }
    }
    println!("{kills} kills, {completed} orchestrations, moments within {whole:?}");
}
