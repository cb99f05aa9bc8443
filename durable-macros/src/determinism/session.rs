//! What the compiler that runs this macro was asked to compile: its own command line says it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

/// One run of rustc.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// The crate's first file.
    pub(crate) root: PathBuf,
    /// `--cfg name` and `--cfg name="value"`.
    cfgs: Vec<(String, Option<String>)>,
    /// Compiled for another target than the one that runs this macro.
    is_cross: bool,
    /// Dependencies by the name that the code uses, with the name that they have themselves.
    pub(crate) externs: HashMap<String, String>,
}

/// Options whose value is the next argument.
const WITH_VALUE: &[&str] = &[
    "--cfg",
    "--check-cfg",
    "--extern",
    "--out-dir",
    "-o",
    "-L",
    "-l",
    "-C",
    "-Z",
    "--emit",
    "--crate-name",
    "--crate-type",
    "--edition",
    "--target",
    "--sysroot",
    "--cap-lints",
    "--error-format",
    "--json",
    "--remap-path-prefix",
    "-A",
    "-W",
    "-D",
    "-F",
    "--test-args",
    "--codegen",
    "--print",
    "--explain",
    "--color",
    "--diagnostic-width",
    "--env-set",
];

impl Session {
    /// That of this process; none within an editor's macro server.
    pub(crate) fn current() -> Option<&'static Session> {
        static CURRENT: OnceLock<Option<Session>> = OnceLock::new();
        CURRENT.get_or_init(|| Session::of(std::env::args())).as_ref()
    }

    /// The session of a command line.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Option<Session> {
        let mut session = Session::default();
        let mut arguments = arguments.skip(1).flat_map(unfolded).peekable();
        while let Some(argument) = arguments.next() {
            let (option, value) = match argument.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option.to_owned(), Some(value.to_owned())),
                _ if WITH_VALUE.contains(&argument.as_str()) => (argument.clone(), arguments.next()),
                _ => (argument.clone(), None),
            };
            match (option.as_str(), value) {
                ("--cfg", Some(cfg)) => session.cfgs.push(cfg_of(&cfg)),
                ("--extern", Some(dependency)) => session.externs.extend(extern_of(&dependency)),
                ("--target", Some(_)) => session.is_cross = true,
                ("--test", _) => session.cfgs.push(("test".to_owned(), None)),
                (root, None)
                    if !root.starts_with('-') && root.ends_with(".rs") && session.root.as_os_str().is_empty() =>
                {
                    session.root = PathBuf::from(root);
                }
                _ => {}
            }
        }
        (!session.root.as_os_str().is_empty()).then_some(session)
    }

    /// Whether `#[cfg(..)]` takes the item out. What is not known stays in.
    pub(crate) fn excludes(&self, attrs: &[Attribute]) -> bool {
        attrs.iter().filter(|a| a.path().is_ident("cfg")).any(|attribute| {
            attribute.parse_args::<Meta>().is_ok_and(|condition| self.holds(&condition) == Some(false))
        })
    }

    fn holds(&self, condition: &Meta) -> Option<bool> {
        let list = |list: &syn::MetaList| -> Option<Vec<Option<bool>>> {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            Some(parts.iter().map(|part| self.holds(part)).collect())
        };
        match condition {
            Meta::List(parts) if parts.path.is_ident("not") => list(parts)?.first().copied()?.map(|holds| !holds),
            Meta::List(parts) if parts.path.is_ident("all") => {
                let parts = list(parts)?;
                let unknown = parts.contains(&None);
                if parts.contains(&Some(false)) { Some(false) } else { (!unknown).then_some(true) }
            }
            Meta::List(parts) if parts.path.is_ident("any") => {
                let parts = list(parts)?;
                let unknown = parts.contains(&None);
                if parts.contains(&Some(true)) { Some(true) } else { (!unknown).then_some(false) }
            }
            Meta::Path(name) => self.has(&name.get_ident()?.to_string(), None),
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) => {
                    self.has(&pair.path.get_ident()?.to_string(), Some(value.value()))
                }
                _ => None,
            },
            Meta::List(_) => None,
        }
    }

    fn has(&self, name: &str, value: Option<String>) -> Option<bool> {
        // The target's own conditions do not stand on the command line. This macro was compiled
        // for the machine that runs it, and so is the crate, unless it says otherwise.
        let host = match (name, value.as_deref()) {
            ("unix", None) => Some(cfg!(unix)),
            ("windows", None) => Some(cfg!(windows)),
            ("target_os", Some(os)) => Some(std::env::consts::OS == os),
            ("target_family", Some(family)) => Some(std::env::consts::FAMILY == family),
            ("target_arch", Some(arch)) => Some(std::env::consts::ARCH == arch),
            ("debug_assertions" | "panic" | "target_pointer_width" | "target_env" | "target_endian", _) => return None,
            (name, _) if name.starts_with("target_") => return None,
            _ => None,
        };
        match host {
            Some(holds) => (!self.is_cross).then_some(holds),
            None => Some(self.cfgs.contains(&(name.to_owned(), value))),
        }
    }
}

/// `@file` stands for the lines of a file: long command lines are passed so.
fn unfolded(argument: String) -> Vec<String> {
    let file = argument.strip_prefix('@').and_then(|file| std::fs::read_to_string(Path::new(file)).ok());
    file.map_or_else(|| vec![argument], |text| text.lines().map(str::to_owned).collect())
}

fn cfg_of(cfg: &str) -> (String, Option<String>) {
    match cfg.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.trim_matches('"').to_owned())),
        None => (cfg.to_owned(), None),
    }
}

/// `name=…/libreal_name-0123.rlib`.
fn extern_of(dependency: &str) -> Option<(String, String)> {
    let (name, path) = dependency.split_once('=')?;
    let name = name.rsplit(':').next()?;
    let file = Path::new(path).file_stem()?.to_str()?;
    let real = file.rsplit_once('-').map_or(file, |(real, _hash)| real);
    Some((name.to_owned(), real.strip_prefix("lib").unwrap_or(real).to_owned()))
}
