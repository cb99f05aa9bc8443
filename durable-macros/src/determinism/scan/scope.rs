//! The names that a body has made its own.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{Block, Generics, Item, Pat, Path, Stmt};

use super::super::facts::{Origin, PathUse, TypeUse};
use super::{generics_of, plain, segments, use_tree};

/// How many aliases may lead to one another: a circle is no program, but it must end.
const ALIASES_MAX: u8 = 8;

/// What a name stands for, from its binding to the end of its block.
#[derive(Clone, Debug)]
pub(crate) enum Binding {
    /// `let`, a parameter, a pattern: shadows values.
    Local(Origin),
    /// A nested function, static or constant: its own body is walked where it stands.
    Value,
    /// A nested type, trait or module.
    Type,
    /// Both: tuple and unit structs.
    Both,
    /// A type parameter with its bounds.
    Generic(Vec<PathUse>),
    /// `use target as name`.
    Alias(Vec<String>, bool),
    /// `use target::*`.
    Glob(Vec<String>),
    Macro,
}

/// Bindings in the order of their appearance; the last one of a name counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    names: Vec<(String, Binding)>,
}

impl Scope {
    pub(crate) fn mark(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn reset(&mut self, mark: usize) {
        self.names.truncate(mark);
    }

    pub(crate) fn bind(&mut self, name: String, origin: Origin) {
        self.names.push((name, Binding::Local(origin)));
    }

    /// Every name of a pattern.
    pub(crate) fn bind_all(&mut self, pat: &Pat) {
        struct Names<'a>(&'a mut Scope);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
                let name = pat.ident.to_string();
                // `None` and constants are no bindings, but they are upper case.
                if !name.starts_with(char::is_uppercase) {
                    self.0.bind(name, Origin::Unknown);
                }
                visit::visit_pat_ident(self, pat);
            }
        }
        Names(self).visit_pat(pat);
    }

    fn alias(&mut self, name: Option<String>, target: Vec<String>, rooted: bool) {
        match name {
            Some(name) => self.names.push((name, Binding::Alias(target, rooted))),
            None => self.names.push((String::new(), Binding::Glob(target))),
        }
    }

    /// The names that the items of a block bring into scope, before any of its statements.
    pub(crate) fn declare_all(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Item(Item::Use(item)) => {
                    let rooted = item.leading_colon.is_some();
                    use_tree(&item.tree, &mut |name, target| self.alias(name, target, rooted));
                }
                Stmt::Item(item) => self.declare(item),
                _ => {}
            }
        }
    }

    /// A nested item.
    fn declare(&mut self, item: &Item) {
        let (name, binding) = match item {
            Item::Fn(item) => (&item.sig.ident, Binding::Value),
            Item::Const(item) => (&item.ident, Binding::Value),
            Item::Static(item) => (&item.ident, Binding::Value),
            Item::Struct(item) => (&item.ident, Binding::Both),
            Item::Enum(item) => (&item.ident, Binding::Type),
            Item::Union(item) => (&item.ident, Binding::Type),
            Item::Trait(item) => (&item.ident, Binding::Type),
            Item::Mod(item) => (&item.ident, Binding::Type),
            Item::Type(item) => match &*item.ty {
                // `type Clock = std::time::Instant;` is an alias.
                syn::Type::Path(path) if path.qself.is_none() => {
                    let target = self.resolve_type(segments(&path.path), path.path.leading_colon.is_some());
                    (&item.ident, target.map_or(Binding::Type, |path| Binding::Alias(path.segments, path.rooted)))
                }
                _ => (&item.ident, Binding::Type),
            },
            Item::Macro(syn::ItemMacro { ident: Some(ident), .. }) => (ident, Binding::Macro),
            _ => return,
        };
        self.names.push((name.to_string(), binding));
    }

    pub(crate) fn declare_generics(&mut self, generics: &Generics) {
        for (name, bounds) in generics_of(generics, self) {
            self.names.push((name, Binding::Generic(bounds)));
        }
    }

    /// The scope of a nested item: it sees no locals and no generics.
    pub(crate) fn items_only(&self) -> Scope {
        let is_item = |b: &Binding| !matches!(b, Binding::Local(_) | Binding::Generic(_));
        Scope { names: self.names.iter().filter(|(_, binding)| is_item(binding)).cloned().collect() }
    }

    /// A local variable's origin.
    pub(crate) fn local(&self, path: &Path) -> Option<Origin> {
        let name = path.get_ident()?.to_string();
        match self.find(&name, |b| !matches!(b, Binding::Type | Binding::Generic(_) | Binding::Macro))? {
            Binding::Local(origin) => Some(origin.clone()),
            _ => None,
        }
    }

    /// The bounds of a type parameter.
    pub(crate) fn generic(&self, name: &str) -> Option<TypeUse> {
        match self.find(name, in_types)? {
            Binding::Generic(bounds) => Some(TypeUse::Bounds(bounds.clone())),
            _ => None,
        }
    }

    /// A path to a value, unless it names something of the body itself.
    pub(crate) fn value_path(&self, path: &Path) -> Option<PathUse> {
        let plain = plain(path);
        self.resolve_value(plain.segments, plain.rooted)
    }

    pub(crate) fn type_path(&self, path: &Path) -> Option<PathUse> {
        let plain = plain(path);
        self.resolve_type(plain.segments, plain.rooted)
    }

    pub(crate) fn resolve_value(&self, segments: Vec<String>, rooted: bool) -> Option<PathUse> {
        match segments.len() {
            // A name of its own is a value; before `::` stands a type or module.
            1 => self.resolve(segments, rooted, |b| {
                matches!(b, Binding::Local(_) | Binding::Value | Binding::Both | Binding::Alias(..))
            }),
            _ => self.resolve_type(segments, rooted),
        }
    }

    pub(crate) fn resolve_type(&self, segments: Vec<String>, rooted: bool) -> Option<PathUse> {
        self.resolve(segments, rooted, in_types)
    }

    /// Macros have a namespace of their own.
    pub(crate) fn resolve_macro(&self, segments: Vec<String>, rooted: bool) -> Option<PathUse> {
        match segments.len() {
            1 => self.resolve(segments, rooted, |b| matches!(b, Binding::Macro | Binding::Alias(..))),
            _ => self.resolve_type(segments, rooted),
        }
    }

    fn resolve(&self, segments: Vec<String>, rooted: bool, fits: fn(&Binding) -> bool) -> Option<PathUse> {
        self.resolve_through(segments, rooted, fits, ALIASES_MAX)
    }

    fn resolve_through(
        &self,
        segments: Vec<String>,
        rooted: bool,
        fits: fn(&Binding) -> bool,
        left: u8,
    ) -> Option<PathUse> {
        let first = segments.first()?;
        if rooted {
            return Some(PathUse { segments, rooted, globs: Vec::new() });
        }
        match self.find(first, fits) {
            Some(Binding::Alias(target, rooted)) => {
                // Through the aliases around it, but not through itself: `use std::time; use time::Instant;`
                let through = target.first() != Some(first) && !*rooted && left > 0;
                let mut target = PathUse { segments: target.clone(), rooted: *rooted, globs: Vec::new() };
                if through {
                    target = self.resolve_through(target.segments, false, in_types, left - 1)?;
                }
                target.segments.extend(segments.into_iter().skip(1));
                Some(target)
            }
            // With its bounds, for `T::now()`.
            Some(Binding::Generic(bounds)) => match &**bounds {
                [only] => {
                    let mut path = only.clone();
                    path.segments.extend(segments.into_iter().skip(1));
                    Some(path)
                }
                _ => None,
            },
            Some(_) => None,
            None => Some(PathUse { segments, rooted, globs: self.globs() }),
        }
    }

    fn find(&self, name: &str, fits: fn(&Binding) -> bool) -> Option<&Binding> {
        self.names.iter().rev().find(|(n, binding)| n == name && fits(binding)).map(|(_, binding)| binding)
    }

    fn globs(&self) -> Vec<Vec<String>> {
        let globs = self.names.iter().filter_map(|(_, binding)| match binding {
            Binding::Glob(target) => Some(target.clone()),
            _ => None,
        });
        globs.collect()
    }

    /// The names of several type parameters at once.
    pub(crate) fn with_generics(generics: &HashMap<String, Vec<PathUse>>) -> Scope {
        Scope {
            names: generics.iter().map(|(name, bounds)| (name.clone(), Binding::Generic(bounds.clone()))).collect(),
        }
    }
}

fn in_types(binding: &Binding) -> bool {
    matches!(binding, Binding::Type | Binding::Both | Binding::Alias(..) | Binding::Generic(_))
}
