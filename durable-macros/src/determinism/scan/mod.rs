//! The walk over a body: every path, method, macro and construct that could matter, with the
//! body's own names (locals, generics, nested items, `use … as`) already applied.

mod macros;
mod origin;
mod scope;
mod types;
mod visit;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::Visit;
use syn::{Attribute, Block, Expr, Pat, Path, Type};

use super::facts::{Fault, Mention, Origin, PathUse, What};
pub(crate) use scope::Scope;
pub(crate) use types::{bounds_of, generics_of, names_in, type_use, use_tree};

/// Types whose statics are state, by name: a constant of a plain type is none.
const STATEFUL: &[&str] = &[
    "Mutex",
    "RwLock",
    "ReentrantLock",
    "Once",
    "OnceLock",
    "OnceCell",
    "OnceBox",
    "Condvar",
    "Barrier",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "SyncUnsafeCell",
    "LocalKey",
    "ThreadLocal",
    "Notify",
    "Semaphore",
    "Sender",
    "Receiver",
    "SyncSender",
    "UnboundedSender",
    "DashMap",
    "DashSet",
    "ArcSwap",
    "ArcSwapOption",
    "SegQueue",
    "ArrayQueue",
    "SkipMap",
    "SkipSet",
    "Cache",
    "AtomicCell",
    "FairMutex",
    "ReentrantMutex",
    "RwSignal",
    "Injector",
    "SharedState",
];

/// Whether a type of this name keeps state that its static's users share.
pub(crate) fn is_stateful(name: &str) -> bool {
    STATEFUL.contains(&name) || name.starts_with("Atomic")
}

/// Whether a type of this name is computed when it is first used, and constant after that.
pub(crate) fn is_lazy(name: &str) -> bool {
    matches!(name, "LazyLock" | "LazyCell" | "Lazy")
}

/// What a function's body mentions.
pub(crate) fn body(block: &Block, scope: Scope) -> Vec<Mention<TokenStream>> {
    let mut scanner = Scanner::new(scope);
    scanner.visit_block(block);
    scanner.mentions
}

/// What the expansions of a `macro_rules!` mention.
pub(crate) fn loose(tokens: TokenStream) -> Vec<Mention<TokenStream>> {
    let mut scanner = Scanner::new(Scope::default());
    scanner.tokens(tokens);
    scanner.mentions
}

/// What an expression mentions, such as the initializer of a static.
pub(crate) fn initializer(expr: &Expr) -> Vec<Mention<TokenStream>> {
    let mut scanner = Scanner::new(Scope::default());
    scanner.initializer(expr);
    scanner.mentions
}

struct Scanner {
    scope: Scope,
    mentions: Vec<Mention<TokenStream>>,
    /// Where addresses are no news: in `unsafe` code, and under a cast that was reported.
    in_unsafe: bool,
    /// Inside `unsafe { .. }`, whose block is the mistake.
    below_unsafe: bool,
    /// Inside the arguments of a macro whose first string is a format.
    formats: bool,
    /// Inside the arguments of such a macro.
    quoted_by: Option<&'static str>,
}

impl Scanner {
    fn new(scope: Scope) -> Self {
        Self { scope, mentions: Vec::new(), in_unsafe: false, below_unsafe: false, formats: false, quoted_by: None }
    }

    fn push(&mut self, what: What, at: impl ToTokens) {
        let (below_unsafe, quoted_by) = (self.below_unsafe, self.quoted_by);
        self.mentions.push(Mention { what, at: at.into_token_stream(), below_unsafe, quoted_by });
    }

    fn fault(&mut self, fault: Fault, at: impl ToTokens) {
        let about_addresses = matches!(fault, Fault::PointerCast | Fault::RawAddress | Fault::PointerFormat);
        if !(about_addresses && self.in_unsafe) {
            self.push(What::Fault(fault), at);
        }
    }

    /// Runs with the names of an inner scope, and forgets them after it.
    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        let mark = self.scope.mark();
        walk(self);
        self.scope.reset(mark);
    }

    /// A path that stands for a value.
    fn value(&mut self, path: &Path, at: impl ToTokens) {
        if let Some(used) = self.scope.value_path(path) {
            self.push(What::Value(used), at);
        }
    }

    /// Binds the names of a pattern; only a plain name keeps its origin.
    fn bind(&mut self, pat: &Pat, origin: Origin) {
        match pat {
            Pat::Ident(name) if name.subpat.is_none() => self.scope.bind(name.ident.to_string(), origin),
            Pat::Type(typed) => {
                let origin = match &*typed.ty {
                    Type::Infer(_) => origin,
                    ty => Origin::Typed(type_use(ty, &self.scope)),
                };
                self.bind(&typed.pat, origin);
            }
            Pat::Reference(inner) => self.bind(&inner.pat, origin),
            Pat::Paren(inner) => self.bind(&inner.pat, origin),
            other => self.scope.bind_all(other),
        }
    }
}

impl Scanner {
    /// `LazyLock::new(|| ..)` is as good as its closure.
    fn initializer(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(call) if is_lazy_new(&call.func) => call.args.iter().for_each(|e| self.visit_expr(e)),
            other => self.visit_expr(other),
        }
    }

    fn nested_fn(&mut self, sig: &syn::Signature, block: &Block) {
        let (outer, in_unsafe) = (self.scope.items_only(), std::mem::replace(&mut self.in_unsafe, false));
        let outer = std::mem::replace(&mut self.scope, outer);
        self.scope.declare_generics(&sig.generics);
        for input in &sig.inputs {
            if let syn::FnArg::Typed(typed) = input {
                let origin = Origin::Typed(type_use(&typed.ty, &self.scope));
                self.bind(&typed.pat, origin);
            }
        }
        self.visit_block(block);
        self.scope = outer;
        self.in_unsafe = in_unsafe;
    }
}

fn is_lazy_new(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let segments = segments(&path.path);
    matches!(&*segments, [.., ty, new] if is_lazy(ty) && new == "new")
}

/// The attributes of `durable`.
pub(crate) const OURS: &[&str] = &["activity", "orchestrator", "helper", "entity"];

/// Whether an attribute of `durable` stands on it. Its macro checks the body, or it is an activity.
fn is_ours(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|a| a.path().segments.last().is_some_and(|s| OURS.iter().any(|name| s.ident == name)))
}

/// A path as it is written, without generics.
pub(crate) fn segments(path: &Path) -> Vec<String> {
    use syn::ext::IdentExt;
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
}

/// A path as it is written.
pub(crate) fn plain(path: &Path) -> PathUse {
    PathUse { segments: segments(path), rooted: path.leading_colon.is_some(), globs: Vec::new() }
}
