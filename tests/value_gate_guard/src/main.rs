//! The guard against false alarms of the value gate: real crates, every function of them gated.
//!
//! ```text
//! cargo run --manifest-path tests/value_gate_guard/Cargo.toml -- itertools-0.13.0 regex-syntax-0.8.11 …
//! ```
//!
//! For each crate (by the name of its folder in cargo's registry, where it must have been
//! unpacked) a copy is made in which every plain function carries `#[durable::helper]`, with the
//! layer that looks at names left out. `cargo check` of the copy must then say nothing but what the
//! gate is there to say, `[D0…]`. Everything else is a false alarm, and is printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use syn::spanned::Spanned;
use syn::visit::Visit;

fn main() -> io::Result<()> {
    let crates: Vec<String> = env::args().skip(1).collect();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let mut total = Figures::default();
    for name in &crates {
        let figures = check(name, &repository)?;
        println!("{name}: {figures}");
        total.functions += figures.functions;
        total.denied += figures.denied;
        total.false_alarms += figures.false_alarms;
    }
    println!("{} crates: {total}", crates.len());
    std::process::exit(i32::from(total.false_alarms > 0));
}

#[derive(Default)]
struct Figures {
    functions: usize,
    denied: usize,
    false_alarms: usize,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Figures { functions, denied, false_alarms } = self;
        write!(f, "{functions} functions gated, {denied} findings, {false_alarms} false alarms")
    }
}

/// Copies, annotates and checks one crate.
fn check(name: &str, repository: &Path) -> io::Result<Figures> {
    let source = registry()?
        .into_iter()
        .map(|registry| registry.join(name))
        .find(|folder| folder.is_dir())
        .ok_or_else(|| io::Error::other(format!("{name} is not in cargo's registry")))?;
    let copy = env::temp_dir().join("value-gate-guard").join(name);
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    copy_dir(&source, &copy)?;
    // Its own lock file may name older versions than `durable` needs.
    let _ = fs::remove_file(copy.join("Cargo.lock"));
    let manifest = copy.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest)?;
    text.push_str(&format!(
        "\n[dependencies.durable]\npath = {0:?}\ndefault-features = false\nfeatures = [\"macros\"]\n\
         [workspace]\n",
        repository,
    ));
    fs::write(&manifest, text)?;
    let mut figures = Figures::default();
    annotate_dir(&copy.join("src"), &mut figures)?;

    let mut command = Command::new("cargo");
    command.env("CARGO_ENCODED_RUSTFLAGS", "--cfg=durable_without=\"names\"");
    command.current_dir(&copy).args(["check", "--lib", "--message-format=short", "--quiet", "--color=never"]);
    if let Ok(features) = env::var("GUARD_FEATURES") {
        command.args(["--features", &features]);
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for line in said.lines().filter(|line| line.contains(": error") || line.starts_with("error")) {
        if let Some(code) = line.find("[D0") {
            figures.denied += 1;
            *kinds.entry(&line[code + 1..code + 6]).or_default() += 1;
        } else if !line.contains("could not compile") && !line.contains("aborting due to") {
            figures.false_alarms += 1;
            println!("    {line}");
        }
    }
    if !kinds.is_empty() {
        println!("    found: {kinds:?}");
    }
    Ok(figures)
}

/// Where cargo unpacks what it downloads.
fn registry() -> io::Result<Vec<PathBuf>> {
    let home = env::var_os("CARGO_HOME")
        .map_or_else(|| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo"), PathBuf::from);
    fs::read_dir(home.join("registry/src"))?.map(|entry| Ok(entry?.path())).collect()
}

fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn annotate_dir(folder: &Path, figures: &mut Figures) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            annotate_dir(&path, figures)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            annotate(&path, figures)?;
        }
    }
    Ok(())
}

/// Puts the attribute on every plain function of a file that has a body.
fn annotate(path: &Path, figures: &mut Figures) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let Ok(file) = syn::parse_file(&text) else { return Ok(()) };
    let mut places = Places::default();
    places.visit_file(&file);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // From the last to the first, so that the places stay right.
    places.0.sort_unstable();
    for (line, column) in places.0.iter().rev() {
        let text = &mut lines[line - 1];
        let at = text.char_indices().nth(*column).map_or(text.len(), |(at, _)| at);
        text.insert_str(at, "#[::durable::helper] ");
    }
    figures.functions += places.0.len();
    fs::write(path, lines.join("\n") + "\n")
}

#[derive(Default)]
struct Places(Vec<(usize, usize)>);

impl Places {
    fn add(&mut self, vis: Option<&syn::Visibility>, sig: &syn::Signature) {
        if sig.constness.is_some() || sig.asyncness.is_some() {
            return;
        }
        let start = match vis {
            Some(vis) if !matches!(vis, syn::Visibility::Inherited) => vis.span(),
            _ => sig.span(),
        };
        self.0.push((start.start().line, start.start().column));
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.add(Some(&f.vis), &f.sig);
        syn::visit::visit_item_fn(self, f);
    }
    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        if f.modifiers.defaultness.is_none() {
            self.add(Some(&f.vis), &f.sig);
        }
        syn::visit::visit_impl_item_fn(self, f);
    }
    fn visit_trait_item_fn(&mut self, f: &'ast syn::TraitItemFn) {
        if f.default.is_some() {
            self.add(None, &f.sig);
        }
        syn::visit::visit_trait_item_fn(self, f);
    }
}
