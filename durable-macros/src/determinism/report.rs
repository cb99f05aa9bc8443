//! L1 on one body: everything that is wrong by name, each once, at the user's own token.

use std::collections::HashSet;
#[cfg(test)]
use std::path::Path;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{Block, Generics, Ident, Pat, PatType};

use super::facts::{Mention, Origin, What};
use super::index::{Crate, Owner, Place};
use super::judge::{Found, Step, Walk};
use super::scan::{self, Scope};
use crate::diagnostics::Errors;

/// What is checked. The words stand in the errors.
pub(crate) struct Checked<'a> {
    /// "an orchestrator", "a helper", "an entity operation"
    pub(crate) role: &'static str,
    pub(crate) name: &'a Ident,
    pub(crate) generics: Option<&'a Generics>,
    pub(crate) inputs: Vec<&'a PatType>,
    pub(crate) body: &'a Group,
}

/// Everything in the body that the table forbids, here or through functions of the same crate.
pub(crate) fn deny(checked: &Checked<'_>) -> Errors {
    let krate = Crate::current();
    // The lines of the compiler's own span; those of proc-macro2 are its wrapper.
    let place = krate.and_then(|krate| {
        let span = checked.name.span().unwrap();
        let (file, line) = (span.local_file()?, span.line());
        Some((krate.place(&file, line)?, krate.scope_around(&file, line)))
    });
    match (krate, place) {
        (Some(krate), Some((place, scope))) => deny_in(checked, krate, place, scope),
        // No sources, or a function that another crate's macro wrote: only what the body says itself.
        _ => {
            let empty = Crate::without_sources();
            deny_in(checked, &empty, Place { module: 0, owner: Owner::None }, Scope::default())
        }
    }
}

/// The same at a known place of a known crate.
#[cfg(test)]
pub(crate) fn deny_within(checked: &Checked<'_>, krate: &Crate, file: &Path, line: usize) -> Errors {
    let place = krate.place(file, line).unwrap_or(Place { module: 0, owner: Owner::None });
    deny_in(checked, krate, place, krate.scope_around(file, line))
}

fn deny_in(checked: &Checked<'_>, krate: &Crate, place: Place, mut scope: Scope) -> Errors {
    let mut errors = Errors::default();
    // What does not parse, rustc has reported already.
    let Ok(block) = syn::parse2::<Block>(checked.body.to_token_stream()) else { return errors };
    if let Some(generics) = checked.generics {
        scope.declare_generics(generics);
    }
    for input in &checked.inputs {
        match &*input.pat {
            Pat::Ident(name) => {
                scope.bind(name.ident.to_string(), Origin::Typed(scan::type_use(&input.ty, &scope)));
            }
            other => scope.bind_all(other),
        }
    }
    let mut walk = Walk::new(krate);
    let mentions = scan::body(&block, scope)
        .into_iter()
        .filter(|mention| !mention.below_unsafe && !krate.is_quoted(mention.quoted_by));
    let judged = mentions.filter_map(|mention| {
        let found = walk.judge(place, &mention.what)?;
        Some((mention, found))
    });
    // That a type is named says less than what is done with it.
    let (types, others): (Vec<_>, Vec<_>) = judged.partition(|(mention, _)| matches!(mention.what, What::Type(_)));
    for (Mention { what, at, .. }, found) in if others.is_empty() { types } else { others } {
        errors.push(&at, message(checked, krate, &what, &at, &found));
    }
    errors.also_at(consequences(&block, checked.body, &errors));
    errors
}

/// Where the names stand that hold what was found: `let now = Instant::now; now()` is one mistake.
fn consequences(block: &Block, body: &Group, errors: &Errors) -> Vec<Span> {
    // Lines are the compiler's to tell.
    if errors.is_empty() || !proc_macro::is_available() {
        return Vec::new();
    }
    struct Holders {
        /// Those of the errors.
        lines: HashSet<usize>,
        names: HashSet<String>,
        /// Where the names are bound: what else stands there is checked.
        bindings: HashSet<usize>,
    }
    impl Holders {
        fn has_error(&self, tokens: TokenStream) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Group(group) => self.has_error(group.stream()),
                other => self.lines.contains(&other.span().unwrap().line()),
            })
        }
    }
    impl<'ast> Visit<'ast> for Holders {
        fn visit_local(&mut self, local: &'ast syn::Local) {
            if local.init.as_ref().is_some_and(|init| self.has_error(init.expr.to_token_stream())) {
                names_of(&local.pat, self);
            }
            visit::visit_local(self, local);
        }
        fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
            if self.has_error(item.to_token_stream()) {
                bind(&item.ident, self);
            }
        }
        fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
            if self.has_error(item.block.to_token_stream()) {
                bind(&item.sig.ident, self);
            }
        }
    }
    fn bind(name: &Ident, holders: &mut Holders) {
        holders.names.insert(name.to_string());
        holders.bindings.insert(name.span().unwrap().line());
    }
    fn names_of(pat: &Pat, holders: &mut Holders) {
        struct Names<'a>(&'a mut Holders);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
                bind(&name.ident, self.0);
            }
        }
        Names(holders).visit_pat(pat);
    }
    fn uses(tokens: TokenStream, names: &HashSet<String>, places: &mut Vec<Span>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => uses(group.stream(), names, places),
                TokenTree::Ident(name) if names.contains(&name.to_string()) => places.push(name.span()),
                _ => {}
            }
        }
    }
    let lines = errors.places().map(|at| at.unwrap().line()).collect();
    let mut holders = Holders { lines, names: HashSet::new(), bindings: HashSet::new() };
    holders.visit_block(block);
    let mut places = Vec::new();
    uses(body.stream(), &holders.names, &mut places);
    places.retain(|at| !holders.bindings.contains(&at.unwrap().line()));
    places
}

/// What was found, why it matters, what to write instead, and where to read more.
fn message(checked: &Checked<'_>, krate: &Crate, what: &What, at: &TokenStream, found: &Found) -> String {
    let Found { code, instead, .. } = found;
    let written = written(what, at);
    // "the static `HITS: AtomicU64`" and "`{:p}`" need no other name.
    let is_path = names_a_path(what) && (!found.chain.is_empty() || found.what.starts_with('`'));
    let named = if !is_path {
        found.what.clone()
    } else if found.chain.is_empty() && found.what.trim_matches('`') != written.trim_start_matches("::") {
        format!("`{written}` ({})", found.what)
    } else {
        format!("`{written}`")
    };
    let mut text = format!("{named} {}: not in {} [{code}]\n\n", code.does(), checked.role);
    if let Some(path) = path_of(checked.name, krate, &found.chain) {
        text.push_str(&path);
    }
    text.push_str(&format!("why: {}\n", code.why()));
    match found.chain.first() {
        Some(step) if step.is_function => {
            text.push_str(&format!("help: {instead}; or make `{}` an `#[activity]`\n", step.name));
        }
        _ => text.push_str(&format!("help: {instead}\n")),
    }
    text.push_str(&format!("more: `cargo durable explain {code}`"));
    text
}

/// "`flow` calls `stamp` (src/util.rs:12), which calls `SystemTime::now` (src/util.rs:14)"
fn path_of(name: &Ident, krate: &Crate, chain: &[Step]) -> Option<String> {
    let (last, calls) = chain.split_last()?;
    let at = |step: &Step| format!("({}:{})", krate.shown(step.file), step.line);
    let mut text = format!("`{name}`");
    for (place, step) in calls.iter().enumerate() {
        let link = if place == 0 { "uses" } else { ", which uses" };
        text.push_str(&format!("{}{link} `{}` {}", if place == 0 { " " } else { "" }, step.name, at(step)));
    }
    text.push_str(&format!(", which uses {} {}\n", last.name, at(last)));
    Some(text)
}

/// Whether what was found is what the body has written, and not a construct.
fn names_a_path(what: &What) -> bool {
    !matches!(what, What::Fault(_) | What::Cast(_))
}

/// The user's own words.
fn written(what: &What, at: &TokenStream) -> String {
    let text = crate::diagnostics::written(at);
    match what {
        What::Method(..) => format!(".{text}()"),
        What::Macro(_) => format!("{text}!"),
        _ => text,
    }
}
