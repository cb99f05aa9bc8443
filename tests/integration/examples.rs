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
