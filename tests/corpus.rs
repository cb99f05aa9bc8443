//! The corpus of nondeterminism: each file of `ui/corpus/reject` has its errors at the marked lines
//! and nowhere else, each file of `ui/corpus/accept` compiles without a word.
//!
//! A case is one program. Its header says what it is:
//!
//! ```text
//! //@ category: time
//! //@ caught-by: L1f L2b C      the layers that see it; only C: it compiles, `cargo durable check` flags it
//! //@ edition: 2021             2024 if it is left out
//! ```
//!
//! and `//~ ERROR` ends each line that has an error. All cases are targets of one generated
//! project, so that their dependencies are built once. `CORPUS=alias cargo test --test corpus`
//! runs those whose name contains `alias`, and prints what the compiler says.

// Helpers of tests may unwrap as tests may.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the cases use beside `durable`. None of it is a dependency of the project itself.
const DEPENDENCIES: &str = r#"
chrono = "0.4"
dashmap = "6"
fastrand = "2"
futures = "0.3"
indexmap = "2"
itertools = "0.13"
lazy_static = "1"
once_cell = "1"
parking_lot = "0.12"
rand = "0.9"
reqwest = { version = "0.12", default-features = false }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
thiserror = "2"
tokio = { version = "1", features = ["rt", "time", "sync", "net", "fs", "macros", "process", "io-std"] }
tracing = "0.1"
uuid = { version = "1", features = ["v1", "v4", "v5", "v6", "v7"] }
"#;

struct Case {
    name: String,
    file: PathBuf,
    category: String,
    edition: String,
    /// Numbers of the lines that have an error.
    marked: Vec<usize>,
}

impl Case {
    fn read(kind: &str, file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let header = |key: &str| {
            let prefix = format!("//@ {key}:");
            text.lines().find_map(|line| line.strip_prefix(&prefix)).map(|value| value.trim().to_owned())
        };
        let marked = text.lines().enumerate().filter(|(_, line)| line.trim_end().ends_with("//~ ERROR"));
        let marked: Vec<usize> = marked.map(|(index, _)| index + 1).collect();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let name = format!("{kind}__{stem}");
        let caught_by = header("caught-by");
        let in_build = caught_by.as_deref().is_some_and(|layers| layers.split_whitespace().any(|layer| layer != "C"));
        assert_eq!(in_build, !marked.is_empty(), "{name}: the marks and the header do not agree");
        let category = header("category").unwrap_or_else(|| panic!("{name} has no category"));
        Self {
            name,
            category,
            file: file.to_path_buf(),
            edition: header("edition").unwrap_or_else(|| "2024".to_owned()),
            marked,
        }
    }
}

/// All cases, in the order of their names.
fn cases() -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/corpus");
    let only = std::env::var("CORPUS").unwrap_or_default();
    let mut cases = Vec::new();
    for kind in ["accept", "reject"] {
        for entry in std::fs::read_dir(corpus.join(kind)).unwrap() {
            let case = Case::read(kind, &entry.unwrap().path());
            if case.name.contains(&only) {
                cases.push(case);
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// One project with a binary for each case. It lives in the target directory and is not part of the
/// workspace; the lock file is the workspace's, so that what can be is of the same version.
fn project(cases: &[Case]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let durable = root.display();
    let mut members = String::new();
    for edition in ["2021", "2024"] {
        let dir = project.join(edition);
        std::fs::create_dir_all(&dir).unwrap();
        let mut manifest = format!(
            "[package]\nname = \"corpus-{edition}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\nautobins = false\n\n\
             [dependencies]\ndurable = {{ path = \"{durable}\", default-features = false, features = [\"macros\"] }}\n\
             {DEPENDENCIES}\n"
        );
        for case in cases.iter().filter(|case| case.edition == edition) {
            writeln!(manifest, "[[bin]]\nname = \"{}\"\npath = \"{}\"\n", case.name, case.file.display()).unwrap();
        }
        if !manifest.contains("[[bin]]") {
            manifest.push_str("[lib]\npath = \"lib.rs\"\n");
            std::fs::write(dir.join("lib.rs"), "").unwrap();
        }
        std::fs::write(dir.join("Cargo.toml"), manifest).unwrap();
        write!(members, "\"{edition}\", ").unwrap();
    }
    std::fs::write(project.join("Cargo.toml"), format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"))
        .unwrap();
    if !project.join("Cargo.lock").exists() {
        std::fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    }
    project
}

/// A diagnostic: its level, the line of its primary span, and its text.
struct Diagnostic {
    is_error: bool,
    line: usize,
    rendered: String,
}

/// What the compiler says of each case.
fn check(project: &Path) -> BTreeMap<String, Vec<Diagnostic>> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--workspace", "--bins", "--keep-going", "--message-format=json"])
        .current_dir(project)
        .env("CARGO_TARGET_DIR", project.join("target"))
        .env_remove("RUSTFLAGS")
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        if message["reason"] != "compiler-message" {
            continue;
        }
        let (target, message) = (message["target"]["name"].as_str().unwrap().to_owned(), &message["message"]);
        // "aborting due to 1 previous error" stands nowhere.
        let Some(span) = message["spans"].as_array().unwrap().iter().find(|span| span["is_primary"] == true) else {
            continue;
        };
        found.entry(target).or_default().push(Diagnostic {
            is_error: message["level"] == "error",
            line: usize::try_from(span["line_start"].as_u64().unwrap()).unwrap(),
            rendered: message["rendered"].as_str().unwrap().to_owned(),
        });
    }
    let compiled = String::from_utf8_lossy(&output.stderr);
    assert!(!compiled.contains("could not compile `durable"), "{compiled}");
    assert!(output.status.success() || !found.is_empty(), "{compiled}");
    found
}

#[test]
fn every_case_has_its_errors_and_no_others() {
    let cases = cases();
    let found = check(&project(&cases));
    let mut faults = String::new();
    for case in &cases {
        let diagnostics = found.get(&case.name).map_or(&[][..], Vec::as_slice);
        let mut lines: Vec<usize> = diagnostics.iter().filter(|d| d.is_error).map(|d| d.line).collect();
        lines.sort_unstable();
        let is_right = lines == case.marked && diagnostics.iter().all(|d| d.is_error);
        if !is_right {
            writeln!(faults, "── {}: errors at lines {lines:?}, expected {:?}", case.name, case.marked).unwrap();
        }
        if !is_right || std::env::var_os("CORPUS").is_some() {
            diagnostics.iter().for_each(|d| faults.push_str(&d.rendered));
        }
    }
    if std::env::var_os("CORPUS").is_some() {
        println!("{faults}");
        faults = faults.lines().filter(|line| line.starts_with("── ")).collect();
    }
    assert!(faults.is_empty(), "{faults}");
    println!("{} cases", cases.len());
}

/// What can go wrong, by kind.
const CATEGORIES: &[&str] = &[
    "address",
    "alias",
    "closure",
    "dependency",
    "env",
    "generics",
    "hash",
    "io",
    "locale",
    "macro",
    "method",
    "net",
    "order",
    "panics",
    "process",
    "random",
    "statics",
    "sync",
    "tasks",
    "threads",
    "time",
    "trait-object",
    "transitive",
    "unsafe",
];

#[test]
fn every_category_has_cases() {
    let cases = cases();
    if std::env::var_os("CORPUS").is_none() {
        for category in CATEGORIES {
            let is_there = |case: &&Case| case.name.starts_with("reject") && case.category == *category;
            assert!(cases.iter().any(|case| is_there(&case)), "no case of {category}");
        }
    }
}
