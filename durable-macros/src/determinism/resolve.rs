//! From a path as it was written to what it names: an item of this crate, or a path in another.

use super::facts::{PathUse, TypeUse};
use super::index::{Crate, Owner, Place, TypeName, ValueName};

/// How far imports may lead to one another. Circles are programs here: `use a::*` both ways.
const HOPS_MAX: u8 = 16;

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An absolute path in another crate.
    Outside(String),
    /// The same, if the glob import that it came through has this name at all.
    Perhaps(String),
    Functions(Vec<usize>),
    Static(usize),
    Constructor(usize),
    Module(usize),
    Type(TypeKey),
    Trait(usize),
    /// `Type::name`
    Member(TypeKey, String),
    /// `Trait::name`
    TraitMember(usize, String),
}

/// A type without its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TypeKey {
    Local(usize),
    Outside(String),
}

/// Where to look a last segment up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    Types,
    Values,
    Macros,
}

/// Names that are everywhere, so that no glob import is taken for their source.
const PRELUDE: &[(&str, &str)] = &[
    ("Box", "std::boxed::Box"),
    ("String", "std::string::String"),
    ("Vec", "std::vec::Vec"),
    ("Option", "std::option::Option"),
    ("Result", "std::result::Result"),
    ("Some", "std::option::Option::Some"),
    ("None", "std::option::Option::None"),
    ("Ok", "std::result::Result::Ok"),
    ("Err", "std::result::Result::Err"),
    ("drop", "std::mem::drop"),
    ("Default", "std::default::Default"),
    ("From", "std::convert::From"),
    ("Into", "std::convert::Into"),
    ("TryFrom", "std::convert::TryFrom"),
    ("Clone", "std::clone::Clone"),
    ("Iterator", "std::iter::Iterator"),
    ("ToString", "std::string::ToString"),
    ("ToOwned", "std::borrow::ToOwned"),
    ("str", "str"),
    ("usize", "usize"),
    ("u8", "u8"),
    ("u16", "u16"),
    ("u32", "u32"),
    ("u64", "u64"),
    ("u128", "u128"),
    ("isize", "isize"),
    ("i8", "i8"),
    ("i16", "i16"),
    ("i32", "i32"),
    ("i64", "i64"),
    ("i128", "i128"),
    ("f32", "f32"),
    ("f64", "f64"),
    ("bool", "bool"),
    ("char", "char"),
];

/// Crates that nobody's module is called after.
const UNMISTAKABLE: &[&str] = &[
    "tokio",
    "chrono",
    "rand",
    "uuid",
    "futures",
    "futures_util",
    "reqwest",
    "sqlx",
    "fastrand",
    "getrandom",
    "async_std",
    "parking_lot",
    "rayon",
    "crossbeam",
    "dashmap",
    "hyper",
    "rusqlite",
    "jiff",
    "ulid",
    "nanoid",
];

/// One resolution: the steps that are left, and the import that is being followed.
#[derive(Clone, Copy)]
struct Way<'a> {
    left: u8,
    skip: Option<(usize, &'a str)>,
}

impl Crate {
    /// What a path can name. More than one only if a glob import leaves it open.
    pub(crate) fn resolve(&self, place: Place, path: &PathUse, namespace: Namespace) -> Vec<Target> {
        self.follow(place, path, namespace, Way { left: HOPS_MAX, skip: None })
    }

    fn follow(&self, place: Place, path: &PathUse, namespace: Namespace, way: Way<'_>) -> Vec<Target> {
        let Some((first, rest)) = path.segments.split_first() else { return Vec::new() };
        if path.rooted {
            return self.outside(&path.segments).into_iter().collect();
        }
        let Some(left) = way.left.checked_sub(1) else { return Vec::new() };
        let way = Way { left, ..way };
        let begin = match first.as_str() {
            "crate" | "$crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(place.module)],
            "super" => self.modules[place.module].parent.map(Target::Module).into_iter().collect(),
            "Self" => self.own_type(place, way),
            name => {
                let namespace = if rest.is_empty() { namespace } else { Namespace::Types };
                let mut found = self.lookup(place.module, name, namespace, way);
                if found.is_empty() {
                    found = self.globs(place.module, &path.globs, name, namespace, way);
                }
                if found.is_empty() || matches!(&*found, [Target::Perhaps(_), ..]) && self.is_known(name) {
                    found = self.outside(std::slice::from_ref(first)).into_iter().collect();
                }
                found
            }
        };
        begin.into_iter().flat_map(|target| self.descend(target, rest, namespace, way)).collect()
    }

    /// `rest` below a target.
    fn descend(&self, target: Target, rest: &[String], namespace: Namespace, way: Way<'_>) -> Vec<Target> {
        let Some((name, after)) = rest.split_first() else { return vec![target] };
        let next = match target {
            Target::Outside(path) => return vec![Target::Outside(joined(&path, rest))],
            Target::Perhaps(path) => return vec![Target::Perhaps(joined(&path, rest))],
            Target::Module(module) if name == "super" => {
                self.modules[module].parent.map(Target::Module).into_iter().collect()
            }
            Target::Module(module) if name == "self" => vec![Target::Module(module)],
            Target::Module(module) => {
                let namespace = if after.is_empty() { namespace } else { Namespace::Types };
                self.lookup(module, name, namespace, way)
            }
            Target::Type(key) if after.is_empty() => vec![Target::Member(key, name.clone())],
            Target::Trait(number) if after.is_empty() => vec![Target::TraitMember(number, name.clone())],
            _ => Vec::new(),
        };
        next.into_iter().flat_map(|target| self.descend(target, after, namespace, way)).collect()
    }

    /// A name in a module: its items, its imports, its glob imports.
    fn lookup(&self, module: usize, name: &str, namespace: Namespace, way: Way<'_>) -> Vec<Target> {
        let item = &self.modules[module];
        let place = Place { module, owner: Owner::None };
        let own = match namespace {
            Namespace::Values => item.values.get(name).map(|value| match value {
                ValueName::Function(all) => vec![Target::Functions(all.clone())],
                ValueName::Static(number) => vec![Target::Static(*number)],
                ValueName::Constructor(number) => vec![Target::Constructor(*number)],
            }),
            Namespace::Types => item.types.get(name).map(|ty| match ty {
                TypeName::Module(number) => vec![Target::Module(*number)],
                TypeName::Type(number) => vec![Target::Type(TypeKey::Local(*number))],
                TypeName::Trait(number) => vec![Target::Trait(*number)],
                TypeName::Alias(TypeUse::Path(path, _)) => self.follow(place, path, Namespace::Types, way),
                TypeName::Alias(_) => Vec::new(),
            }),
            Namespace::Macros => None,
        };
        if let Some(own) = own {
            return own;
        }
        let Some(left) = way.left.checked_sub(1) else { return Vec::new() };
        if way.skip != Some((module, name))
            && let Some((target, rooted)) = item.uses.get(name)
        {
            let path = PathUse { segments: target.clone(), rooted: *rooted, globs: Vec::new() };
            let found = self.follow(place, &path, namespace, Way { left, skip: Some((module, name)) });
            if !found.is_empty() {
                return found;
            }
        }
        self.globs(module, &item.globs, name, namespace, Way { left, ..way })
    }

    /// A name through glob imports. What another crate has is not known.
    fn globs(
        &self,
        module: usize,
        globs: &[Vec<String>],
        name: &str,
        namespace: Namespace,
        way: Way<'_>,
    ) -> Vec<Target> {
        let Some(left) = way.left.checked_sub(1) else { return Vec::new() };
        let way = Way { left, ..way };
        let mut perhaps = Vec::new();
        for glob in globs {
            let place = Place { module, owner: Owner::None };
            for target in self.follow(place, &PathUse::new(glob.clone()), Namespace::Types, way) {
                match target {
                    Target::Module(inner) if inner != module => {
                        let found = self.lookup(inner, name, namespace, way);
                        if found.iter().any(|t| !matches!(t, Target::Perhaps(_))) {
                            return found;
                        }
                        perhaps.extend(found);
                    }
                    Target::Outside(path) if !path.ends_with("prelude") || has_rules(&path) => {
                        perhaps.push(Target::Perhaps(format!("{path}::{name}")));
                    }
                    Target::Type(TypeKey::Local(number)) if self.types[number].variants.iter().any(|v| v == name) => {
                        return vec![Target::Constructor(number)];
                    }
                    _ => {}
                }
            }
        }
        perhaps
    }

    fn own_type(&self, place: Place, way: Way<'_>) -> Vec<Target> {
        match place.owner {
            Owner::Impl(number) => {
                let block = &self.impls[number];
                match &block.self_type {
                    TypeUse::Path(path, _) => {
                        let place = Place { module: block.module, owner: Owner::None };
                        self.follow(place, path, Namespace::Types, way).into_iter().map(as_type).collect()
                    }
                    _ => Vec::new(),
                }
            }
            Owner::Trait(number) => vec![Target::Trait(number)],
            Owner::None => Vec::new(),
        }
    }

    /// A type without its arguments, if it can be told.
    pub(crate) fn type_key(&self, place: Place, path: &PathUse) -> Option<TypeKey> {
        match self.resolve(place, path, Namespace::Types).into_iter().next().map(as_type)? {
            Target::Type(key) => Some(key),
            Target::Perhaps(path) => Some(TypeKey::Outside(path)),
            _ => None,
        }
    }

    /// A name that no glob import needs to bring: the prelude's, or a crate's.
    fn is_known(&self, name: &str) -> bool {
        PRELUDE.iter().any(|(known, _)| *known == name)
            || matches!(name, "std" | "core" | "alloc" | "durable")
            || self.externs.contains_key(name)
    }

    /// A path in another crate, if there is one of this name.
    fn outside(&self, segments: &[String]) -> Option<Target> {
        let (first, rest) = segments.split_first()?;
        if let Some((_, path)) = PRELUDE.iter().find(|(name, _)| name == first) {
            return Some(Target::Outside(joined(path, rest)));
        }
        let first = match self.externs.get(first) {
            Some(real) => real,
            None if matches!(first.as_str(), "std" | "core" | "alloc" | "proc_macro") => first,
            // The command line lists every dependency.
            None if !self.externs.is_empty() => return None,
            // Nothing is known of this crate: a name that could as well be a module's is none.
            None if self.files.is_empty() && !UNMISTAKABLE.contains(&first.as_str()) => return None,
            None => first,
        };
        Some(Target::Outside(joined(first, rest)))
    }
}

/// Some preludes have what the table lists, such as `rand::prelude`.
fn has_rules(prelude: &str) -> bool {
    ["rand::prelude", "chrono::prelude", "rayon::prelude", "diesel::prelude", "futures::prelude"].contains(&prelude)
}

fn as_type(target: Target) -> Target {
    match target {
        Target::Outside(path) => Target::Type(TypeKey::Outside(path)),
        other => other,
    }
}

fn joined(path: &str, rest: &[String]) -> String {
    rest.iter().fold(path.to_owned(), |path, segment| format!("{path}::{segment}"))
}
