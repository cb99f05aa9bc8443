//! This program in the place of rustc, for the crates of the workspace.
//!
//! It asks for line numbers, for the mangling that keeps generic arguments, and for code that is
//! not optimised. Programs are not linked: their object code takes the executable's place, which
//! saves the linker's time and keeps the relocations.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{fs, io};

/// Set when cargo calls this program as rustc.
pub(crate) const MARK: &str = "CARGO_DURABLE_IS_RUSTC";

/// What the check needs, whatever the profile says.
const OPTIONS: &[&str] = &[
    "-Csymbol-mangling-version=v0",
    "-Cdebuginfo=line-tables-only",
    // What a macro of another crate expands to has the line where it is used.
    "-Ccollapse-macro-debuginfo=external",
    "-Copt-level=0",
    "-Clto=off",
    "-Cstrip=none",
    // A helper's body is compiled even where nothing calls it, or nothing polls it.
    "-Clink-dead-code",
];

/// This program.
pub(crate) fn path() -> io::Result<PathBuf> {
    env::current_exe()
}

/// `cargo-durable /path/to/rustc --crate-name ..`: the arguments for rustc, if this is that.
pub(crate) fn rustc_arguments() -> Option<Vec<OsString>> {
    env::var_os(MARK)?;
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let program = Path::new(arguments.first()?).file_stem()?.to_string_lossy().into_owned();
    (program.contains("rustc") || program.contains("driver")).then_some(arguments)
}

/// Compiles as asked, for the check.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    let Some((rustc, arguments)) = arguments.split_first() else { return ExitCode::FAILURE };
    let request = Request::read(arguments);
    let mut command = Command::new(rustc);
    match &request {
        Some(request) => command.args(request.rewritten(arguments)),
        None => command.args(arguments),
    };
    let status = match command.status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: cannot run `{}`: {error}", rustc.to_string_lossy());
            return ExitCode::FAILURE;
        }
    };
    if !status.success() {
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        return ExitCode::from(code.unwrap_or(101));
    }
    match request.as_ref().map(Request::put_object_in_place) {
        Some(Err(error)) => {
            eprintln!("error: cannot keep the object code: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// What cargo asks for: one crate of the workspace.
struct Request {
    /// Where the executable is expected, and where rustc leaves the object code. `None` for a
    /// library, which is a file of object code as it is.
    program: Option<Program>,
    is_windows_msvc: bool,
    is_apple: bool,
}

struct Program {
    object: PathBuf,
    executable: PathBuf,
}

impl Request {
    /// `None` for what runs at build time, and for questions that compile nothing.
    fn read(arguments: &[OsString]) -> Option<Self> {
        let value = |option: &str| option_value(arguments, option);
        let name = value("--crate-name")?;
        let emit = value("--emit")?;
        let kinds = option_values(arguments, "--crate-type");
        let is_build_time = name.starts_with("build_script_") || kinds.iter().any(|kind| kind == "proc-macro");
        if is_build_time || !emit.split(',').any(|part| part == "link") {
            return None;
        }
        let target = value("--target").unwrap_or_default();
        let is_host = target.is_empty();
        let is_program = kinds.iter().any(|kind| kind == "bin") || arguments.iter().any(|a| a == "--test");
        let directory = PathBuf::from(value("--out-dir").unwrap_or_default());
        let file = format!("{name}{}", code_generation(arguments, "extra-filename").unwrap_or_default());
        let suffix = if target.contains("windows") || (is_host && cfg!(windows)) { ".exe" } else { "" };
        let program = is_program.then(|| Program {
            object: directory.join(format!("{file}.o")),
            executable: directory.join(format!("{file}{suffix}")),
        });
        Some(Self {
            program,
            is_windows_msvc: target.ends_with("msvc") || (is_host && cfg!(target_env = "msvc")),
            is_apple: target.contains("apple") || (is_host && cfg!(target_vendor = "apple")),
        })
    }

    fn rewritten(&self, arguments: &[OsString]) -> Vec<OsString> {
        let mut rewritten: Vec<OsString> = arguments.to_vec();
        if self.program.is_some() {
            for argument in &mut rewritten {
                if let Some(emit) = argument.to_str().and_then(|a| a.strip_prefix("--emit=")) {
                    *argument = format!("--emit={}", emit.replace("link", "obj")).into();
                }
            }
            // One file of object code. The last of several values counts.
            rewritten.push("-Ccodegen-units=1".into());
        }
        rewritten.extend(OPTIONS.iter().map(OsString::from));
        // The debug information is to stay in the object files. On Apple's systems it does.
        if !self.is_windows_msvc && !self.is_apple {
            rewritten.push("-Csplit-debuginfo=off".into());
        }
        rewritten
    }

    /// Cargo looks for the executable, and takes the crate for stale if there is none.
    fn put_object_in_place(&self) -> io::Result<()> {
        match &self.program {
            Some(Program { object, executable }) => fs::rename(object, executable),
            None => Ok(()),
        }
    }
}

/// `--option value` or `--option=value`.
fn option_value(arguments: &[OsString], option: &str) -> Option<String> {
    option_values(arguments, option).into_iter().next()
}

fn option_values(arguments: &[OsString], option: &str) -> Vec<String> {
    let mut values = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let argument = argument.to_string_lossy();
        if argument == option {
            values.extend(arguments.get(index + 1).map(|value| value.to_string_lossy().into_owned()));
        } else if let Some(value) = argument.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
            values.push(value.to_owned());
        }
    }
    values
}

/// `-C option=value` or `-Coption=value`.
fn code_generation(arguments: &[OsString], option: &str) -> Option<String> {
    let value = |text: &str| text.strip_prefix(option)?.strip_prefix('=').map(str::to_owned);
    let separate = option_values(arguments, "-C");
    let joined =
        arguments.iter().map(OsString::as_os_str).filter_map(OsStr::to_str).filter_map(|a| a.strip_prefix("-C"));
    separate.iter().find_map(|text| value(text)).or_else(|| joined.into_iter().find_map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn a_program_is_not_linked() {
        let line = "--crate-name shop src/main.rs --crate-type bin --emit=dep-info,link -C extra-filename=-1a2b --out-dir /t/deps";
        let request = Request::read(&arguments(line)).expect("it compiles something");
        let rewritten = request.rewritten(&arguments(line));
        assert!(rewritten.iter().any(|a| a == "--emit=dep-info,obj"));
        let program = request.program.expect("it is a program");
        assert_eq!(program.object, Path::new("/t/deps/shop-1a2b.o"));
    }

    #[test]
    fn a_library_is() {
        let line = "--crate-name shop src/lib.rs --crate-type lib --emit=dep-info,metadata,link -Cextra-filename=-1a2b --out-dir /t";
        let request = Request::read(&arguments(line)).expect("it compiles something");
        assert!(request.rewritten(&arguments(line)).iter().any(|a| a == "--emit=dep-info,metadata,link"));
        assert!(request.program.is_none());
    }

    #[test]
    fn what_runs_at_build_time_is_left_alone() {
        for line in [
            "--crate-name build_script_build build.rs --crate-type bin --emit=dep-info,link",
            "--crate-name macros src/lib.rs --crate-type proc-macro --emit=dep-info,link",
            "- --crate-name ___ --print=file-names",
        ] {
            assert!(Request::read(&arguments(line)).is_none(), "{line}");
        }
    }
}
