//! Each example is run as its readers run it, and says what it promises.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// The binary of an example: `cargo test` builds them next to the tests.
pub(crate) fn example(name: &str, directory: &Path) -> Command {
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/integration-<hash> -> target/<profile>/examples/<name>
    let profile = test.parent().and_then(Path::parent).unwrap();
    let binary: PathBuf = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "{} is not there: `cargo test` builds it, `cargo test --test integration` does not; run `cargo build --examples` first",
        binary.display()
    );
    let mut command = Command::new(binary);
    command.current_dir(directory).kill_on_drop(true).stdin(Stdio::null());
    command
}

/// Runs it to its good end; gives what it printed.
async fn printed(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}\n{text}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    text
}

fn check_lines(text: &str, expected: &[&str]) {
    let mut lines = text.lines();
    for words in expected {
        assert!(lines.any(|line| line.contains(words)), "no line with {words:?} (in this order) in:\n{text}");
    }
}

#[tokio::test]
async fn hello_cities() {
    let directory = tempfile::tempdir().unwrap();
    // The second run works on the file of the first.
    for _ in 0..2 {
        let text = printed(&mut example("hello_cities", directory.path())).await;
        check_lines(&text, &["Hello Tokyo!", "Hello Seattle!", "Hello London!", "The history of instance"]);
        check_lines(
            &text,
            &["ExecutionStarted", "TaskScheduled", "TaskCompleted", "ExecutionCompleted", "hello_cities.db"],
        );
    }
    assert!(directory.path().join("hello_cities.db").exists());
    let text = printed(example("hello_cities", directory.path()).arg("other.db")).await;
    check_lines(&text, &["Hello London!", "All of it is in other.db"]);
    assert!(directory.path().join("other.db").exists());
}

#[tokio::test]
async fn order_processing() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("order_processing", directory.path())).await;
    check_lines(
        &text,
        &[
            "2 x teapot for ada@example.com",
            "confirmed to ada@example.com: payment",
            "0 x teapot for bob@example.com",
            "failed: Invalid(\"nothing is ordered\")",
            "9 x teapot for cem@example.com",
            "failed: OutOfStock { left: 3 }",
            "6 x cup for dee@example.com",
            "failed: CardDeclined",
            "6 x cup for nowhere",
            "(refunded: payment",
            "failed: Unconfirmed { refunded_cents: 2100 }",
        ],
    );
}

#[tokio::test]
async fn fan_out() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("fan_out", directory.path())).await;
    check_lines(
        &text,
        &["copied 60 files, 141150 bytes, at most 8 at a time", "every copy is the same as its original"],
    );
}

#[tokio::test]
async fn approval() {
    let directory = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| printed(example("approval", directory.path()).args(arguments)).await;
    check_lines(&run(&["approve"]).await, &["is a teapot for 4200 cents all right?", "approved by Ada: 4200 cents"]);
    check_lines(&run(&["reject"]).await, &["rejected by Ada"]);
    check_lines(&run(&["nobody", "--timeout-ms", "50"]).await, &["expired: nobody decided in time"]);
}

#[tokio::test]
async fn monitor() {
    let directory = tempfile::tempdir().unwrap();
    // The second run uses the id of the first again.
    for _ in 0..2 {
        let text = printed(example("monitor", directory.path()).args(["--poll-ms", "10"])).await;
        check_lines(&text, &["the monitor starts", "after 4 pauses: the output of job 7", "last seen at \"75 %\""]);
        assert_eq!(text.matches("TaskScheduled").count(), 1, "the history is that of one execution\n{text}");
    }
}

#[tokio::test]
async fn saga() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("saga", directory.path())).await;
    check_lines(
        &text,
        &[
            "a trip to Oslo",
            "bon voyage: car in Oslo, hotel in Oslo, flight to Oslo",
            "a trip to Bielefeld",
            "cancelled: car in Bielefeld",
            "no trip: SoldOut(\"the hotel\"); not undone: []",
            "a trip to Atlantis",
            "cancelled: hotel in Atlantis",
            "cancelled: car in Atlantis",
            "no trip: SoldOut(\"the flight\"); not undone: []",
            "a trip to Avalon",
            "cancelled: car in Avalon",
            "not undone: [\"cancel_hotel: SoldOut",
        ],
    );
}

#[tokio::test]
async fn sub_orchestrations() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("sub_orchestrations", directory.path())).await;
    check_lines(
        &text,
        &[
            "phone is set up, attempt 1, by instance the-phone",
            "toaster is set up, attempt 2, by instance",
            "failed: there is no socket",
            "the-phone is Completed",
        ],
    );
    assert!(text.contains("(mail: the devices are as they are)"), "{text}");
}

#[tokio::test]
async fn versioned_upgrade() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("versioned_upgrade", directory.path())).await;
    check_lines(
        &text,
        &[
            "Ada, version 1: sent a letter to Ada",
            "Bob, version 2: sent a mail to Bob",
            "the old newsletter: sent issue 1 on paper, sent issue 2 on paper",
            "the new newsletter: sent issue 7 by mail, sent issue 8 by mail",
        ],
    );
}

#[tokio::test]
async fn event_counter() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("event_counter", directory.path())).await;
    check_lines(&text, &["105 events, the sum is 5565", "{\"events\":105,\"sum\":5565}", "it took 11 executions"]);
}

#[tokio::test]
async fn singleton() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("singleton", directory.path())).await;
    for round in ["round 1", "round 2"] {
        let says = |what: &str| format!("{round}: {what}");
        check_lines(&text, &[&says("1 started it, 9 found it running"), &says("one report was written")]);
    }
}

#[tokio::test]
async fn scheduled_start() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(example("scheduled_start", directory.path()).arg("200")).await;
    check_lines(&text, &["ordered for", "good morning, Ms. Lovelace", "not before its time"]);
    assert!(text.lines().next().unwrap().ends_with("Z: Pending"), "{text}");
}

#[tokio::test]
async fn bounded_fan_out() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("bounded_fan_out", directory.path())).await;
    let sum: u64 = (0..10_000_u64).map(|n| n * n).sum();
    let line = format!("10000 items, the sum of their squares is {sum}; never more than 100 at a time");
    check_lines(&text, &[&line]);
}

#[tokio::test]
async fn crash_and_resume() {
    let directory = tempfile::tempdir().unwrap();
    let example = || {
        let mut command = example("crash_and_resume", directory.path());
        command.args(["--step-ms", "1"]);
        command
    };
    let first = example().output().await.unwrap();
    let text = String::from_utf8(first.stdout).unwrap();
    assert!(!first.status.success(), "the first run aborts\n{text}");
    check_lines(&text, &["starting 6 steps", "step 4 begins, and the process aborts", "run the same command again"]);

    let text = printed(&mut example()).await;
    check_lines(&text, &["going on where the last run stopped", "done, the sum is 21", "step 1, ", "step 6, "]);
    let effects = std::fs::read_to_string(directory.path().join("crash_and_resume.data/effects.txt")).unwrap();
    let lines: Vec<(&str, &str)> = effects.lines().map(|l| l.split_once(", process ").unwrap()).collect();
    let steps: Vec<&str> = lines.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, ["step 1", "step 2", "step 3", "step 4", "step 5", "step 6"], "each step once");
    let process = |n: usize| lines[n].1.split(',').next().unwrap();
    assert!(process(0) == process(2) && process(2) != process(3) && process(3) == process(5), "{effects}");
    assert!(lines[3].1.ends_with("attempt 2"), "the step that the crash hit knows of it: {effects}");

    // A third run has nothing to do.
    check_lines(&printed(&mut example()).await, &["done, the sum is 21"]);
    assert_eq!(std::fs::read_to_string(directory.path().join("crash_and_resume.data/effects.txt")).unwrap(), effects);
}

#[tokio::test]
async fn record_migration() {
    let directory = tempfile::tempdir().unwrap();
    let run = |batch: &str, ms: &str| {
        let mut command = example("record_migration", directory.path());
        command.args([batch, "--dir", "data", "--stage-ms", ms]);
        command
    };
    // Interrupted while it converts.
    let mut child = run("spring", "300").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut text = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("convert runs") {
            interrupt(&child).await;
        }
        text.push(line);
    }
    assert!(child.wait().await.unwrap().success());
    check_lines(
        &text.join("\n"),
        &["spring starts", "export runs, attempt 1", "convert runs", "spring is stopped; run the same command again"],
    );

    // The shutdown let the running stage end, so the next run goes on with the last one.
    let text = printed(&mut run("spring", "1")).await;
    check_lines(&text, &["spring goes on", "import runs, attempt 1", "spring: Imported { records: 90, rejected: 10 }"]);
    assert!(!text.contains("export runs") && !text.contains("convert runs"), "{text}");

    let text = printed(&mut run("spring", "1")).await;
    check_lines(&text, &["spring is done already; nothing runs", "spring: Imported { records: 90, rejected: 10 }"]);
    assert!(!text.contains("runs, attempt"), "{text}");

    let text = printed(&mut run("summer", "1")).await;
    check_lines(
        &text,
        &["summer starts", "export runs", "convert runs", "import runs", "summer: Imported { records: 90"],
    );
}

async fn interrupt(child: &tokio::process::Child) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
}

#[tokio::test]
async fn operators_tour() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("operators_tour", directory.path())).await;
    check_lines(
        &text,
        &[
            "Five orders",
            "3 have failed:",
            "order/1 started",
            "order/3 started",
            "order/4 is Running and waits for: [Event { task: TaskId(1), name: \"released\" }]",
            "not charged again",
            "parcel 1",
            "parcel 3",
            "One is let go",
            "parcel 4",
            "5 purged",
            "0 instances and 5 request ids",
        ],
    );
    assert_eq!(text.matches("is charged\n").count(), 5, "each order is charged once:\n{text}");
}

#[tokio::test]
async fn transactional_activity() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("transactional_activity", directory.path())).await;
    check_lines(&text, &["the program died 10 times", "20 bookings, sum 210; as it should be: 20 and 210"]);
}

#[tokio::test]
async fn rolling_deploy() {
    let directory = tempfile::tempdir().unwrap();
    let text = printed(&mut example("rolling_deploy", directory.path())).await;
    check_lines(&text, &["an instance of version 1 runs", "version 2 waits: no live worker has orchestrator `greet`"]);
    check_lines(
        &text,
        &["version 2 ran in the new process: true", "version 1 is gone", "version 1 went on in the new process: true"],
    );
}
