//! The build whose object code is read: cargo, with this program around rustc.
//!
//! Only crates of the workspace are compiled for the check; dependencies come from the user's own
//! debug build, because `RUSTC_WORKSPACE_WRAPPER` gives the workspace's crates other file names
//! and leaves everything else as it is. What cargo puts up for use (`target/debug/..`) goes to a
//! directory of its own, since nothing in it can be run.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::cli::Selection;
use crate::error::Error;
use crate::wrapper;

/// Within the target directory.
const DIRECTORY: &str = "durable-check";

/// What `cargo metadata` tells.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    build_directory: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

/// A line that `cargo build` prints.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact {
        target: Target,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

/// The project.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The names of its crates.
    pub(crate) crates: HashSet<String>,
    /// Where its packages have their sources.
    source_directories: HashSet<PathBuf>,
    /// Where what cannot be run goes.
    pub(crate) directory: PathBuf,
    build_directory: PathBuf,
}

/// A file of object code.
pub(crate) struct Artifact {
    pub(crate) path: PathBuf,
    pub(crate) crate_name: String,
}

impl Workspace {
    pub(crate) fn find(selection: &Selection) -> Result<Self, Error> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]).args(selection.manifest_arguments());
        let output = command.output().map_err(|source| spawn_error(&command, source))?;
        if !output.status.success() {
            return Err(Error::Metadata { stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned() });
        }
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).map_err(|source| Error::Answer { what: "metadata", source })?;
        let targets = || metadata.packages.iter().flat_map(|package| &package.targets);
        let target_directory = selection.target_dir.clone().unwrap_or(metadata.target_directory);
        let build_directory = match &selection.target_dir {
            Some(directory) => directory.clone(),
            None => metadata.build_directory.unwrap_or_else(|| target_directory.clone()),
        };
        Ok(Self {
            crates: targets().filter(|t| is_code(t)).map(|t| t.name.replace('-', "_")).collect(),
            source_directories: targets().filter_map(|t| t.src_path.parent()).map(Path::to_owned).collect(),
            root: metadata.workspace_root,
            directory: target_directory.join(DIRECTORY),
            build_directory,
        })
    }

    /// Builds what was selected, with everything that it depends on.
    pub(crate) fn build(&self, selection: &Selection) -> Result<Vec<Artifact>, Error> {
        let mut command = cargo();
        command
            .args(["build", "--message-format=json-render-diagnostics"])
            .args(selection.build_arguments())
            .env("CARGO_TARGET_DIR", &self.directory)
            .env("CARGO_BUILD_BUILD_DIR", &self.build_directory)
            .env("RUSTC_WORKSPACE_WRAPPER", wrapper::path().map_err(|source| spawn_error(&cargo(), source))?)
            .env(wrapper::MARK, "1")
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let output = command.output().map_err(|source| spawn_error(&command, source))?;
        if !output.status.success() {
            return Err(Error::Build);
        }
        let mut artifacts = Vec::new();
        for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let message = serde_json::from_slice(line).map_err(|source| Error::Answer { what: "build", source })?;
            if let Message::CompilerArtifact { target, filenames } = message
                && is_code(&target)
            {
                let crate_name = target.name.replace('-', "_");
                let files = filenames.into_iter().filter(|path| is_object_code(path));
                artifacts.extend(files.map(|path| Artifact { path, crate_name: crate_name.clone() }));
            }
        }
        if artifacts.is_empty() { Err(Error::NothingBuilt) } else { Ok(artifacts) }
    }

    /// The files of the workspace that were compiled, as cargo notes them beside each artifact.
    pub(crate) fn sources(&self, artifacts: &[Artifact]) -> BTreeSet<PathBuf> {
        let noted = artifacts.iter().filter_map(Artifact::dependency_info).flat_map(|info| sources_in(&info));
        let own = noted.map(|file| self.root.join(file));
        own.filter(|file| self.source_directories.iter().any(|directory| file.starts_with(directory))).collect()
    }
}

impl Artifact {
    /// `shop.d` beside `shop`, `libshop.d` or `shop-1a2b.d` beside `libshop-1a2b.rlib`.
    fn dependency_info(&self) -> Option<String> {
        let stem = self.path.file_stem()?.to_string_lossy().into_owned();
        let names = [stem.as_str(), stem.strip_prefix("lib").unwrap_or(&stem)];
        names.iter().find_map(|name| fs::read_to_string(self.path.with_file_name(format!("{name}.d"))).ok())
    }
}

/// The prerequisites of a Makefile's rules. A space in a path has a backslash before it.
fn sources_in(dependency_info: &str) -> Vec<PathBuf> {
    let rules = dependency_info.lines().filter(|line| !line.starts_with('#'));
    let lists = rules.filter_map(|line| line.split_once(": ")).map(|(_, list)| list.replace("\\ ", "\0"));
    let files = lists.flat_map(|list| list.split(' ').map(|file| file.replace('\0', " ")).collect::<Vec<_>>());
    files.filter(|file| file.ends_with(".rs")).map(PathBuf::from).collect()
}

/// Not what runs in the compiler or before it.
fn is_code(target: &Target) -> bool {
    !target.kind.iter().any(|kind| kind == "proc-macro" || kind == "custom-build")
}

/// Libraries, and what stands in for programs. Metadata alone has no code, and what is linked
/// has no relocations any more.
fn is_object_code(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    !matches!(extension, "rmeta" | "d" | "so" | "dylib" | "dll" | "a" | "lib" | "pdb" | "dwp" | "dSYM" | "wasm" | "js")
}

fn cargo() -> Command {
    // Set by cargo when it runs a subcommand.
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

fn spawn_error(command: &Command, source: std::io::Error) -> Error {
    Error::Spawn { program: command.get_program().to_string_lossy().into_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_from_dependency_information() {
        let info = "/t/shop: src/main.rs /w/my\\ shop/src/lib.rs /w/data.json\n\nsrc/main.rs:\n# env-dep:A=b\n";
        assert_eq!(sources_in(info), [Path::new("src/main.rs"), Path::new("/w/my shop/src/lib.rs")]);
    }
}
