//! `cargo durable check` on real object code: every case of `tests/cases` is built in one project,
//! and what is found is compared with what the cases say.
//!
//! A case is one file of two parts: `domain` goes to a crate that knows nothing of `durable`,
//! `flows` to the crate with the orchestrators. (Within one crate the macros see much of it
//! already.) In `reject` the first line names the code, and `//~` marks the line to be found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Case {
    name: String,
    text: String,
}

impl Case {
    fn all(folder: &str) -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
        let files = fs::read_dir(folder).expect("the cases are there");
        let paths = files.map(|entry| entry.expect("it can be read").path());
        let mut cases: Vec<Case> = paths
            .map(|path| Case {
                name: path.file_stem().expect("a file has a name").to_string_lossy().into_owned(),
                text: fs::read_to_string(&path).expect("it is text"),
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    fn code(&self) -> &str {
        self.text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//@ code: "))
            .expect("the first line names the code")
    }

    /// In which crate, and in which line of the file.
    fn mark(&self) -> (&'static str, u64) {
        let at = self.text.lines().position(|line| line.ends_with("//~")).expect("a line is marked");
        (if at < self.split() { "domain" } else { "flows" }, at as u64 + 1)
    }

    fn split(&self) -> usize {
        self.text.lines().position(|line| line == "//@ flows").expect("the parts are separated")
    }

    /// Both parts, with the lines where they are in the file.
    fn parts(&self) -> (String, String) {
        let split = self.split();
        let domain = self.text.lines().take(split).collect::<Vec<_>>().join("\n");
        let imports = format!("use durable::prelude::*; use domain::{}::*;\n", self.name);
        let flows = self.text.lines().skip(split + 1).collect::<Vec<_>>().join("\n");
        (domain + "\n", "\n".repeat(split) + &imports + &flows + "\n")
    }
}

/// The project that all cases are built in. It stays, so that a second run has little to compile.
struct Project(PathBuf);

impl Project {
    fn of(cases: &[&Case]) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in the workspace");
        let project = Self(root);
        // The versions of this workspace, which are there already.
        project.write("shop/Cargo.lock", &fs::read_to_string(repository.join("Cargo.lock")).expect("it is there"));
        project.write("shop/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"domain\", \"flows\"]\n");
        let common = "serde = { version = \"1\", features = [\"derive\"] }\n\
                      uuid = { version = \"1\", features = [\"v4\"] }\nvendored = { path = \"../../vendored\" }\n";
        project.write("shop/domain/Cargo.toml", &format!("{}{common}", manifest("domain")));
        let durable = format!(
            "durable = {{ path = {repository:?}, default-features = false, features = [\"macros\", \"inventory\"] }}\n"
        );
        let flows =
            format!("{}{common}{durable}domain = {{ path = \"../domain\" }}\ntracing = \"0.1\"\n", manifest("flows"));
        project.write("shop/flows/Cargo.toml", &flows);
        project.write("vendored/Cargo.toml", &format!("{}[workspace]\n", manifest("vendored")));
        project.write("vendored/src/lib.rs", include_str!("vendored/lib.rs"));

        let mut modules = String::from("#![allow(warnings)]\n");
        for case in cases {
            let (domain, flows) = case.parts();
            project.write(&format!("shop/domain/src/{}.rs", case.name), &domain);
            project.write(&format!("shop/flows/src/{}.rs", case.name), &flows);
            modules += &format!("pub mod {};\n", case.name);
        }
        project.write("shop/domain/src/lib.rs", &modules);
        project.write("shop/flows/src/lib.rs", &modules);
        project
    }

    /// What has not changed is not compiled again.
    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn check(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cargo-durable"))
            .args(["durable", "check", "--offline", "--workspace"])
            .args(arguments)
            .current_dir(self.0.join("shop"))
            .env("CARGO_TARGET_DIR", self.0.join("target"))
            .env_remove("RUSTFLAGS")
            .output()
            .expect("it runs")
    }
}

fn manifest(name: &str) -> String {
    format!("[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n")
}

/// One test, since it is one build.
#[test]
fn every_case_is_judged_as_it_says() {
    let (reject, accept) = (Case::all("reject"), Case::all("accept"));
    let all: Vec<&Case> = reject.iter().chain(&accept).collect();
    let project = Project::of(&all);

    let output = project.check(&["--message-format", "json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "mistakes are found: {stderr}");
    let stdout = String::from_utf8(output.stdout).expect("JSON is text");
    let lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let of_kind = |kind: &str| lines.iter().filter(move |line| line["kind"] == kind).collect::<Vec<_>>();

    // By case: crate, line and code of each finding.
    let mut found: BTreeMap<&str, Vec<(&str, u64, &str)>> = BTreeMap::new();
    for finding in of_kind("finding") {
        let file = finding["file"].as_str().expect("it has a file");
        let (of_crate, name) = file.split_once("/src/").expect("it is in a crate");
        let place = (
            of_crate,
            finding["line"].as_u64().expect("it has a line"),
            finding["code"].as_str().expect("it has a code"),
        );
        found.entry(name.trim_end_matches(".rs")).or_default().push(place);
    }
    let mut wrong = Vec::new();
    for case in &reject {
        let (of_crate, line) = case.mark();
        let expected = vec![(of_crate, line, case.code())];
        let got = found.remove(&*case.name).unwrap_or_default();
        if got != expected {
            wrong.push(format!("{}: expected {expected:?}, got {got:?}", case.name));
        }
    }
    wrong.extend(found.iter().map(|(name, got)| format!("{name}: nothing to be found, got {got:?}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let reasons: Vec<&Value> = of_kind("trust").into_iter().map(|trust| &trust["reason"]).collect();
    assert_eq!(reasons, ["the table is part of the deployment"]);
    assert_eq!(of_kind("summary")[0]["orchestrators"], all.len());

    people_read_the_chain(&project);
}

fn people_read_the_chain(project: &Project) {
    let output = project.check(&[]);
    let text = String::from_utf8(output.stdout).expect("it is text");
    let expected = "\
error[D0001]: `ord_in_sort::flow` reaches `std::time::SystemTime::now`, which reads the clock
  --> domain/src/ord_in_sort.rs:14
   |
";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("   = help: write `ctx.now()`: the recorded time of this turn\n"), "{text}");
}

#[test]
fn explain_prints_a_page() {
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_cargo-durable")).arg("explain").args(arguments).output().expect("it runs")
    };
    let page = run(&["D0001"]);
    assert!(page.status.success());
    assert!(String::from_utf8_lossy(&page.stdout).starts_with("# D0001: "));

    let list = run(&[]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("  D0015  unordered iteration\n"));

    let unknown = run(&["D001"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean D0001?"));
}

#[test]
fn what_cannot_be_checked_says_what_to_do() {
    let directory = tempfile::tempdir().expect("there is room");
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-durable"))
        .args(["durable", "check"])
        .current_dir(directory.path())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("help: run `cargo durable` in a cargo project"), "{stderr}");
}
