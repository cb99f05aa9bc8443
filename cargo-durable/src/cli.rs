//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const AFTER_CHECK: &str = "\
Exit code: 0 if nothing was found, 1 if something was, 2 if the check could not be made.

Only what is compiled is checked: an orchestrator behind a disabled feature is not, and generic
code is where it is used. `durable::trust!(\"why\", expr)` takes one expression out of the check.";

/// Finds what would break the replay of orchestrators.
#[derive(Parser)]
#[command(name = "cargo-durable", bin_name = "cargo durable", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Builds, and follows every orchestrator through its object code.
    ///
    /// Finds what the compile-time checks cannot see: `Drop`, operators, `Display`, serde defaults,
    /// generics, `dyn` and dependencies that end at the clock, at randomness or in I/O. Prints the
    /// chain of calls with file and line.
    #[command(after_help = AFTER_CHECK)]
    Check(Box<Check>),
    /// Prints the page of a code such as D0001; without a code, lists all.
    Explain {
        /// The code, as an error message names it.
        code: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct Check {
    /// What is printed: text for people, or one JSON object a line.
    #[arg(long, value_enum, default_value_t = MessageFormat::Human, value_name = "FORMAT")]
    pub(crate) message_format: MessageFormat,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    Human,
    Json,
}

/// What cargo's own commands take to choose what is built.
#[derive(Args)]
pub(crate) struct Selection {
    /// Package to check; may be given several times
    #[arg(short, long, value_name = "SPEC", help_heading = "Packages")]
    package: Vec<String>,
    /// Check all packages in the workspace
    #[arg(long, help_heading = "Packages")]
    workspace: bool,
    /// Exclude packages from the check
    #[arg(long, value_name = "SPEC", help_heading = "Packages")]
    exclude: Vec<String>,
    /// Check the library
    #[arg(long, help_heading = "Targets")]
    lib: bool,
    /// Check all binaries
    #[arg(long, help_heading = "Targets")]
    bins: bool,
    /// Check this binary
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    bin: Vec<String>,
    /// Check all examples
    #[arg(long, help_heading = "Targets")]
    examples: bool,
    /// Check this example
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    example: Vec<String>,
    /// Check all tests
    #[arg(long, help_heading = "Targets")]
    tests: bool,
    /// Check this test
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    test: Vec<String>,
    /// Check all benchmarks
    #[arg(long, help_heading = "Targets")]
    benches: bool,
    /// Check this benchmark
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    bench: Vec<String>,
    /// Check all targets
    #[arg(long, help_heading = "Targets")]
    all_targets: bool,
    /// Features to activate, separated by spaces or commas
    #[arg(short = 'F', long, value_name = "FEATURES", help_heading = "Features")]
    features: Vec<String>,
    /// Activate all features
    #[arg(long, help_heading = "Features")]
    all_features: bool,
    /// Do not activate the `default` feature
    #[arg(long, help_heading = "Features")]
    no_default_features: bool,
    /// Build for this target
    #[arg(long, value_name = "TRIPLE", help_heading = "Build")]
    target: Vec<String>,
    /// Directory for all that is built
    #[arg(long, value_name = "DIRECTORY", help_heading = "Build")]
    pub(crate) target_dir: Option<PathBuf>,
    /// Path to Cargo.toml
    #[arg(long, value_name = "PATH", help_heading = "Build")]
    manifest_path: Option<PathBuf>,
    /// Number of parallel jobs
    #[arg(short, long, value_name = "N", help_heading = "Build")]
    jobs: Option<String>,
    /// Override a configuration value
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Build")]
    config: Vec<String>,
    /// Do not print cargo's progress
    #[arg(short, long, help_heading = "Build")]
    quiet: bool,
    /// Require Cargo.lock to be up to date
    #[arg(long, help_heading = "Build")]
    locked: bool,
    /// Do not use the network
    #[arg(long, help_heading = "Build")]
    offline: bool,
    /// Both of these
    #[arg(long, help_heading = "Build")]
    frozen: bool,
}

impl Selection {
    /// What decides which project it is, and whether the network may be used.
    pub(crate) fn manifest_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if let Some(path) = &self.manifest_path {
            arguments.extend([OsString::from("--manifest-path"), path.clone().into_os_string()]);
        }
        let flags = [("--locked", self.locked), ("--offline", self.offline), ("--frozen", self.frozen)];
        arguments.extend(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| OsString::from(flag)));
        arguments.extend(self.config.iter().flat_map(|value| ["--config".into(), value.into()]));
        arguments
    }

    /// All that `cargo build` is given.
    pub(crate) fn build_arguments(&self) -> Vec<OsString> {
        let mut arguments = self.manifest_arguments();
        let flags = [
            ("--workspace", self.workspace),
            ("--lib", self.lib),
            ("--bins", self.bins),
            ("--examples", self.examples),
            ("--tests", self.tests),
            ("--benches", self.benches),
            ("--all-targets", self.all_targets),
            ("--all-features", self.all_features),
            ("--no-default-features", self.no_default_features),
            ("--quiet", self.quiet),
        ];
        arguments.extend(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| OsString::from(flag)));
        let values = [
            ("--package", &self.package),
            ("--exclude", &self.exclude),
            ("--bin", &self.bin),
            ("--example", &self.example),
            ("--test", &self.test),
            ("--bench", &self.bench),
            ("--features", &self.features),
            ("--target", &self.target),
        ];
        for (option, values) in values {
            arguments.extend(values.iter().flat_map(|value| [option.into(), value.into()]));
        }
        if let Some(jobs) = &self.jobs {
            arguments.extend(["--jobs".into(), jobs.into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_selection_is_passed_on() {
        let cli = Cli::parse_from([
            "cargo-durable",
            "check",
            "-p",
            "shop",
            "--example",
            "a",
            "--features",
            "x y",
            "--locked",
        ]);
        let Command::Check(check) = cli.command else { panic!("it is a check") };
        let arguments = check.selection.build_arguments();
        assert_eq!(arguments, ["--locked", "--package", "shop", "--example", "a", "--features", "x y"]);
    }
}
