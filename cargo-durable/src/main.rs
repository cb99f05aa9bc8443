//! `cargo durable`: what the compile-time checks of `durable` cannot see, and the pages of its
//! error codes.
//!
//! `cargo durable check` builds, reads the object code, and follows every orchestrator through
//! everything that it may call. What each module does:
//!
//! - `cli`: the command line
//! - `cargo`, `wrapper`: the build that leaves object code with relocations
//! - `objects`: object files as one graph, and source lines
//! - `symbol`: names in object code
//! - `walk`: from orchestrators to what is forbidden
//! - `helpers`: the functions with `#[durable::helper]`
//! - `trust`: the uses of `durable::trust!`
//! - `report`: the answer
//! - `explain`: the pages

mod cargo;
mod cli;
mod error;
mod explain;
mod helpers;
mod objects;
mod report;
mod symbol;
mod trust;
mod walk;
mod wrapper;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use cli::{Check, Cli, Command, MessageFormat};
use error::Error;
use objects::{Files, Program};
use report::Report;
use trust::Trust;
use walk::Scope;

/// The check could not be made.
const UNKNOWN: u8 = 2;

fn main() -> ExitCode {
    if let Some(arguments) = wrapper::rustc_arguments() {
        return wrapper::run(arguments);
    }
    let cli = Cli::parse_from(arguments(std::env::args_os()));
    let result = match cli.command {
        Command::Check(check) => run_check(&check),
        Command::Explain { code } => run_explain(code.as_deref()),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::from(UNKNOWN)
    })
}

/// Cargo gives its subcommands their own name as the first argument.
fn arguments(given: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    given.enumerate().filter(|(index, argument)| *index != 1 || argument != "durable").map(|(_, argument)| argument)
}

fn run_check(check: &Check) -> Result<ExitCode, Error> {
    let workspace = cargo::Workspace::find(&check.selection)?;
    let artifacts = workspace.build(&check.selection)?;
    let mut files = Files::default();
    let mut scope = Scope::new(workspace.crates.iter().cloned(), &workspace.root);
    for (index, artifact) in artifacts.iter().enumerate() {
        let unreadable =
            |source| Error::Read { path: artifact.path.clone(), clean: workspace.directory.clone(), source };
        files.read(&artifact.path).map_err(unreadable)?;
        scope.add_file(index, &artifact.crate_name);
    }
    let mut program = Program::open(&files).map_err(|source| Error::Object { source })?;
    let sources = workspace.sources(&artifacts);
    let outcome = walk::check(&mut program, scope, &helpers::in_sources(&sources));

    let mut trusts = trust::in_sources(&sources);
    for at in &outcome.trusted {
        if !trusts.iter().any(|trust| trust.at == *at) {
            trusts.push(Trust { at: at.clone(), reason: None });
        }
    }
    let report = Report {
        findings: &outcome.findings,
        trusts: &trusts,
        orchestrators: outcome.orchestrators,
        functions: outcome.functions,
        root: &workspace.root,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = match check.message_format {
        MessageFormat::Human => report.write_human(&mut out),
        MessageFormat::Json => report.write_json(&mut out),
    };
    written.and_then(|()| out.flush()).map_err(|source| Error::Write { source })?;
    Ok(if outcome.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_explain(code: Option<&str>) -> Result<ExitCode, Error> {
    let text = match code {
        Some(code) => explain::page(code)?.to_owned(),
        None => explain::list(),
    };
    io::stdout().write_all(text.as_bytes()).map_err(|source| Error::Write { source })?;
    Ok(ExitCode::SUCCESS)
}
