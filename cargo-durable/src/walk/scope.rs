//! Whose code is whose.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use durable_rules::leaves::VETTED;

use crate::objects::Location;
use crate::symbol::{Symbol, is_standard};

/// The engine: what its context offers is what orchestrators are made of.
const ENGINE: &[&str] = &["durable", "durable_core", "durable_macros", "durable_sqlite", "durable_testkit"];

/// Logs: silent while replaying, and without an answer.
const LOGS: &[&str] = &["tracing", "tracing_core", "tracing_attributes", "log"];

/// Functions of the engine that end the walk although they are generic over the user's code:
/// what they run is recorded.
const RECORDED: &[&str] = &[
    "durable_core::context::orchestration::OrchestrationContext::side_effect",
    "durable_core::macro_support::log",
    "durable_core::definition::registry::Registration",
];

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Of the workspace that is checked.
    User,
    Engine,
    /// Of a crate for logs, or one that is known to be deterministic.
    Vetted,
    /// Of a dependency or the standard library, or made by the compiler.
    Other,
}

impl Role {
    /// Whether what it calls is its own affair.
    pub(crate) fn is_sanctioned(self) -> bool {
        matches!(self, Role::Engine | Role::Vetted)
    }
}

/// The crates of a build, told apart.
pub(crate) struct Scope {
    user: HashSet<String>,
    root: PathBuf,
    /// By index: the files that the engine and the vetted crates were compiled to.
    sanctioned_files: HashSet<usize>,
    /// Those that the crates of the workspace were compiled to.
    user_files: HashSet<usize>,
}

impl Scope {
    /// `user`: the names of the crates of the workspace; `root`: its directory.
    pub(crate) fn new(user: impl IntoIterator<Item = String>, root: &Path) -> Self {
        let user = user.into_iter().filter(|name| !ENGINE.contains(&name.as_str())).collect();
        Self { user, root: root.to_owned(), sanctioned_files: HashSet::new(), user_files: HashSet::new() }
    }

    /// Tells of a file that a crate was compiled to.
    pub(crate) fn add_file(&mut self, file: usize, of_crate: &str) {
        if ENGINE.contains(&of_crate) || is_vetted(of_crate) {
            self.sanctioned_files.insert(file);
        }
        if self.user.contains(of_crate) {
            self.user_files.insert(file);
        }
    }

    /// Whether a crate of the workspace was compiled to it.
    pub(crate) fn is_users_file(&self, file: usize) -> bool {
        self.user_files.contains(&file)
    }

    /// Takes the crate of this path for one of the workspace.
    pub(crate) fn add_user(&mut self, path: Vec<String>) {
        self.user.extend(path.into_iter().next().filter(|name| !ENGINE.contains(&name.as_str()) && !is_standard(name)));
    }

    /// Whether it is a line of the workspace. What a macro of a dependency expands to is code of the
    /// workspace, and may have the macro's lines.
    pub(crate) fn is_users_line(&self, at: &Location) -> bool {
        Path::new(&at.file).starts_with(&self.root)
    }

    /// Whether the workspace has it. No crate elsewhere depends on one of the workspace, so an
    /// impl that names one was written there.
    pub(crate) fn is_users(&self, symbol: &Symbol) -> bool {
        symbol.owners.iter().any(|owner| self.user.contains(owner))
    }

    pub(crate) fn role(&self, symbol: &Symbol) -> Role {
        if self.is_users(symbol) {
            return if symbol.is_glue { Role::Other } else { Role::User };
        }
        match symbol.owners.first().map(String::as_str) {
            Some(owner) if ENGINE.contains(&owner) => Role::Engine,
            Some(owner) if is_vetted(owner) => Role::Vetted,
            _ => Role::Other,
        }
    }

    /// Whether the walk ends here: a function of the engine or of a vetted crate that nobody else's
    /// code takes part in.
    pub(crate) fn is_sanctioned(&self, symbol: &Symbol, file: Option<usize>) -> bool {
        if !self.role(symbol).is_sanctioned() {
            return false;
        }
        if RECORDED.iter().any(|path| symbol.is_below(path)) {
            return true;
        }
        if symbol.has_generics {
            return symbol.crates().all(|name| is_standard(name) || ENGINE.contains(&name) || is_vetted(name));
        }
        file.is_some_and(|file| self.sanctioned_files.contains(&file))
    }
}

fn is_vetted(name: &str) -> bool {
    LOGS.contains(&name) || VETTED.contains(&name)
}
