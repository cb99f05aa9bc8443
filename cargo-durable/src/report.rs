//! The answer, for people and as JSON.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::objects::Location;
use crate::trust::Trust;
use crate::walk::{Finding, Hop, Role};

/// All that is to be said.
pub(crate) struct Report<'a> {
    pub(crate) findings: &'a [Finding],
    pub(crate) trusts: &'a [Trust],
    pub(crate) orchestrators: usize,
    pub(crate) functions: usize,
    /// Paths below it are printed relative to it.
    pub(crate) root: &'a Path,
}

/// A line of the chain as people see it.
struct Shown {
    at: Option<Location>,
    caller: String,
    callee: String,
    through: Option<String>,
}

/// One line of `--message-format json`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Finding {
        code: &'a str,
        message: String,
        orchestrator: &'a str,
        orchestrators: &'a [String],
        file: Option<String>,
        line: Option<u64>,
        chain: Vec<JsonHop<'a>>,
        help: &'a str,
        also: Vec<&'a str>,
    },
    Trust {
        reason: Option<&'a str>,
        file: String,
        line: u64,
    },
    Summary {
        findings: usize,
        orchestrators: usize,
        functions: usize,
    },
}

#[derive(Serialize)]
struct JsonHop<'a> {
    caller: &'a str,
    callee: &'a str,
    file: Option<String>,
    line: Option<u64>,
    /// Whether the caller is code of the workspace.
    own: bool,
}

impl Report<'_> {
    pub(crate) fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let lines = self.findings.iter().map(|f| self.json_finding(f));
        let lines = lines.chain(self.trusts.iter().map(|trust| Line::Trust {
            reason: trust.reason.as_deref(),
            file: self.file(&trust.at),
            line: trust.at.line,
        }));
        let summary = Line::Summary {
            findings: self.findings.len(),
            orchestrators: self.orchestrators,
            functions: self.functions,
        };
        for line in lines.chain([summary]) {
            serde_json::to_writer(&mut *out, &line)?;
            writeln!(out)?;
        }
        Ok(())
    }

    fn json_finding<'a>(&self, finding: &'a Finding) -> Line<'a> {
        let hop = |hop: &'a Hop| JsonHop {
            caller: &hop.caller,
            callee: &hop.callee,
            file: hop.at.as_ref().map(|at| self.file(at)),
            line: hop.at.as_ref().map(|at| at.line),
            own: hop.is_users_line,
        };
        Line::Finding {
            code: finding.code.id(),
            message: message(finding),
            orchestrator: finding.orchestrators.first().map_or("", String::as_str),
            orchestrators: &finding.orchestrators,
            file: finding.line().map(|at| self.file(at)),
            line: finding.line().map(|at| at.line),
            chain: finding.chain.iter().map(hop).collect(),
            help: finding.instead,
            also: finding.also.iter().map(|code| code.id()).collect(),
        }
    }

    pub(crate) fn write_human(&self, out: &mut impl Write) -> io::Result<()> {
        for finding in self.findings {
            self.write_finding(finding, out)?;
        }
        if !self.trusts.is_empty() {
            writeln!(out, "{} taken out of the check with `durable::trust!`:", count(self.trusts.len(), "expression"))?;
            for trust in self.trusts {
                let reason =
                    trust.reason.as_deref().map_or("(behind a macro)".to_owned(), |reason| format!("{reason:?}"));
                writeln!(out, "  {}:{}  {reason}", self.file(&trust.at), trust.at.line)?;
            }
            writeln!(out)?;
        }
        let (found, checked) = (self.findings.len(), count(self.orchestrators, "orchestrator"));
        match (found, self.orchestrators) {
            (0, 0) => writeln!(
                out,
                "no orchestrator in what was built: choose targets with `--examples`, `--tests` or `--all-targets`"
            ),
            (0, _) => writeln!(out, "{checked} checked, nothing found ({} functions)", self.functions),
            _ => writeln!(out, "{checked} checked, {} found ({} functions)", count(found, "mistake"), self.functions),
        }
    }

    fn write_finding(&self, finding: &Finding, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "error[{}]: {}", finding.code, message(finding))?;
        if let Some(at) = finding.line() {
            writeln!(out, "  --> {}:{}", self.file(at), at.line)?;
        }
        writeln!(out, "   |")?;
        for Shown { at, caller, callee, through } in Self::shown(finding) {
            let at = at.as_ref().map_or("(no line)".to_owned(), |at| format!("{}:{}", self.file(at), at.line));
            let through = through.map_or(String::new(), |through| format!(" (through `{through}`)"));
            writeln!(out, "   | {at}: `{caller}` calls `{callee}`{through}")?;
        }
        writeln!(out, "   |")?;
        writeln!(out, "   = why: {}", finding.code.why())?;
        writeln!(out, "   = help: {}", finding.instead)?;
        if let [_, others @ ..] = &*finding.orchestrators
            && !others.is_empty()
        {
            writeln!(out, "   = also reached from: {}", others.join(", "))?;
        }
        if !finding.also.is_empty() {
            let codes: Vec<_> = finding.also.iter().map(|code| format!("{code} ({})", code.title())).collect();
            writeln!(out, "   = the same line also leads to: {}", codes.join(", "))?;
        }
        writeln!(out, "   = more: `cargo durable explain {}`\n", finding.code)
    }

    /// What the macros, the engine and the standard library do in between says nothing to a user:
    /// a run of calls through it becomes one, to where it comes out again.
    fn shown(finding: &Finding) -> Vec<Shown> {
        let mut known: Vec<usize> = (0..finding.chain.len()).filter(|i| Self::is_known(&finding.chain[*i])).collect();
        // An orchestrator of a dependency has no line in the workspace.
        if !known.iter().any(|index| finding.chain[*index].role == Role::User) {
            known = (0..finding.chain.len()).filter(|i| finding.chain[*i].role == Role::User).collect();
        }
        let mut shown = Vec::new();
        for (place, index) in known.iter().enumerate() {
            let hop = &finding.chain[*index];
            let callee = match known.get(place + 1) {
                Some(next) => finding.chain[*next].caller.as_str(),
                None => finding.leaf(),
            };
            // From the orchestrator's registration to its body, and from there to its closures.
            if hop.caller == callee {
                continue;
            }
            let through = (hop.callee != callee && !is_made_by_compiler(&hop.callee)).then(|| hop.callee.clone());
            shown.push(Shown { at: hop.at.clone(), caller: hop.caller.clone(), callee: callee.to_owned(), through });
        }
        shown
    }

    /// Whether a call stands in a line that somebody wrote: in the workspace or in a dependency.
    fn is_known(hop: &Hop) -> bool {
        let Some(at) = &hop.at else { return false };
        match hop.role {
            Role::User => hop.is_users_line,
            Role::Engine | Role::Vetted => false,
            Role::Other => !is_of_toolchain(&at.file) && !is_made_by_compiler(&hop.caller),
        }
    }

    fn file(&self, at: &Location) -> String {
        let path = Path::new(&at.file);
        if let Ok(relative) = path.strip_prefix(self.root) {
            return relative.display().to_string();
        }
        // `~/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/uuid-1.0.0/src/v4.rs`
        match at.file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/')) {
            Some((_, file)) => file.to_owned(),
            None => at.file.clone(),
        }
    }
}

fn message(finding: &Finding) -> String {
    let orchestrator = finding.orchestrators.first().map_or("an orchestrator", String::as_str);
    format!("`{orchestrator}` reaches `{}`, which {}", finding.leaf(), finding.code.does())
}

fn is_of_toolchain(file: &str) -> bool {
    file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/")
}

/// Drop glue and tables: see `Walk::words`.
fn is_made_by_compiler(function: &str) -> bool {
    function.starts_with("drop of ") || function == "a table"
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
