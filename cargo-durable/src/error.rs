//! Why a check could not be made, and what to do.

use std::path::PathBuf;

/// The check could not be made. Exit code 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("cannot run `{program}`: {source}\nhelp: `cargo durable` needs the cargo and rustc that build the project")]
    Spawn { program: String, source: std::io::Error },
    #[error(
        "`cargo metadata` failed:\n{stderr}\nhelp: run `cargo durable` in a cargo project, or name its manifest with `--manifest-path`"
    )]
    Metadata { stderr: String },
    #[error(
        "`cargo {what}` answered something that `cargo durable` does not understand: {source}\nhelp: it is made for cargo 1.94 and later"
    )]
    Answer { what: &'static str, source: serde_json::Error },
    #[error("the build failed; nothing was checked\nhelp: the compiler's messages are above")]
    Build,
    #[error(
        "nothing was built that could be checked\nhelp: choose targets with `--lib`, `--bins`, `--examples`, `--tests` or `--all-targets`"
    )]
    NothingBuilt,
    #[error("cannot read {}: {source}\nhelp: run `cargo clean --target-dir {}` and check again", path.display(), clean.display())]
    Read { path: PathBuf, clean: PathBuf, source: std::io::Error },
    #[error(
        "cannot read the object code: {source}\nhelp: ELF, Mach-O and COFF are understood; a linker plugin or `-Clinker-plugin-lto` makes files that are none of these"
    )]
    Object { source: object::Error },
    #[error("cannot write the answer: {source}")]
    Write { source: std::io::Error },
    #[error("there is no code `{code}`; did you mean {nearest}?\nhelp: `cargo durable explain` lists all codes")]
    UnknownCode { code: String, nearest: &'static str },
}
