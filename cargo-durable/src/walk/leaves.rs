//! Which symbols are forbidden: the rows of `durable-rules`, matched against names in object code.
//!
//! The rows have the paths that users write (`chrono::Utc::now`), the object code those where
//! things are defined (`chrono::offset::utc::Utc::now`). So modules may stand between the parts
//! of a row's path; types may not.

use std::collections::HashMap;

use durable_rules::leaves::{Caller, LEAVES, Leaf};
use durable_rules::{Code, Kind, Rule};

use crate::symbol::Symbol;

/// Why a symbol is forbidden.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) code: Code,
    /// What to write instead.
    pub(crate) instead: &'static str,
    pub(crate) caller: Caller,
    /// The row names the whole crate; what the crate calls within itself is not meant.
    pub(crate) is_crate: bool,
}

impl Found {
    pub(crate) fn of_code(code: Code) -> Self {
        Self { code, instead: code.instead(), caller: Caller::Anyone, is_crate: false }
    }
}

/// What the rows say of a symbol.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judgement {
    Forbidden(Found),
    /// What it does within is known to be harmless.
    Harmless,
    /// It is what it calls.
    Unknown,
}

/// The rows by crate.
pub(crate) struct Leaves {
    own: HashMap<&'static str, Vec<&'static Leaf>>,
    table: HashMap<&'static str, Vec<&'static Rule>>,
    /// `aws_sdk_*`: by how the crate's name begins.
    families: Vec<&'static Rule>,
}

impl Leaves {
    pub(crate) fn new() -> Self {
        let mut leaves = Self { own: HashMap::new(), table: HashMap::new(), families: Vec::new() };
        for leaf in LEAVES {
            leaves.own.entry(root(leaf.path)).or_default().push(leaf);
        }
        for rule in durable_rules::rules().iter().filter(|rule| rule.in_objects()) {
            let root = root(rule.path);
            if root.ends_with('*') {
                leaves.families.push(rule);
            } else if matches!(rule.kind, Kind::Item | Kind::Tree | Kind::Harmless) {
                leaves.table.entry(root).or_default().push(rule);
            }
        }
        leaves
    }

    /// What the rows say of it.
    pub(crate) fn judge(&self, symbol: &Symbol) -> Judgement {
        let Some(path) = function_path(symbol) else { return Judgement::Unknown };
        let rule = self.rule(&path);
        let forbidding = rule.filter(|rule| rule.kind != Kind::Harmless);
        let found = match self.own_leaf(&path).or_else(|| self.of_trait(symbol, &path)) {
            Some(leaf) if leaf.caller == Caller::Nobody => return Judgement::Unknown,
            Some(leaf) => {
                let instead = forbidding.filter(|r| r.code == leaf.code).map_or(leaf.code.instead(), Rule::instead);
                Found { code: leaf.code, instead, caller: leaf.caller, is_crate: false }
            }
            None => match forbidding {
                Some(rule) => Found {
                    code: rule.code,
                    instead: rule.instead(),
                    caller: Caller::Anyone,
                    is_crate: !rule.path.contains("::"),
                },
                None if rule.is_some() => return Judgement::Harmless,
                None => return Judgement::Unknown,
            },
        };
        match counts(symbol, found.code) {
            true => Judgement::Forbidden(found),
            false if found.code == Code::UnorderedIteration => Judgement::Unknown,
            false => Judgement::Harmless,
        }
    }

    fn own_leaf(&self, path: &[&str]) -> Option<&'static Leaf> {
        let leaves = self.own.get(path.first()?)?;
        let fits = |leaf: &&&Leaf| starts_with(path, leaf.path);
        leaves.iter().filter(fits).max_by_key(|leaf| leaf.path.len()).copied()
    }

    /// A trait's method is forbidden whatever the type; an address is only converted.
    fn of_trait(&self, symbol: &Symbol, path: &[&str]) -> Option<&'static Leaf> {
        let of_trait = symbol.of_trait.as_ref().filter(|_| !path.starts_with(&["core", "net"]))?;
        let method: Vec<&str> = of_trait.iter().map(String::as_str).chain([symbol.name()]).collect();
        self.own_leaf(&method)
    }

    fn rule(&self, path: &[&str]) -> Option<&'static Rule> {
        let first = path.first()?;
        let of_crate = self.table.get(first).into_iter().flatten();
        let of_family = self.families.iter().filter(|rule| first.starts_with(root(rule.path).trim_end_matches('*')));
        let fitting = of_crate.chain(of_family).filter(|rule| fits(rule, path));
        // The longest decides, and an exception wins over what it is an exception of.
        fitting.max_by_key(|rule| (rule.path.matches("::").count(), rule.kind == Kind::Harmless)).copied()
    }
}

/// The path without the closures within the function.
fn function_path(symbol: &Symbol) -> Option<Vec<&str>> {
    if symbol.is_glue {
        return None;
    }
    let path: Vec<&str> = symbol.path.iter().map(String::as_str).take_while(|s| !s.starts_with('{')).collect();
    (path.len() > 1).then_some(path)
}

/// Of an iterator in no defined order only taking the next element counts; of anything else every
/// function but those that look at or copy what is there.
fn counts(symbol: &Symbol, code: Code) -> bool {
    let of_trait = symbol.of_trait.as_ref().and_then(|path| path.last()).map(String::as_str);
    if code == Code::UnorderedIteration {
        // Whatever consumes one comes to these. Not to count, and not what only wraps it.
        return of_trait.is_some() && matches!(symbol.name(), "next" | "next_back" | "fold" | "rfold" | "try_fold");
    }
    !matches!(
        of_trait,
        Some(
            "Debug"
                | "Display"
                | "Clone"
                | "PartialEq"
                | "Eq"
                | "PartialOrd"
                | "Ord"
                | "Hash"
                | "From"
                | "Into"
                | "TryFrom"
                | "Error"
                | "Drop"
                | "Serialize"
                | "Deserialize"
                | "FromStr"
                | "AsRef"
                | "Borrow"
                | "Pointer"
        )
    )
}

fn root(path: &'static str) -> &'static str {
    path.split("::").next().unwrap_or(path)
}

fn starts_with(path: &[&str], begin: &str) -> bool {
    let mut path = path.iter();
    begin.split("::").all(|segment| path.next().is_some_and(|s| *s == segment))
}

fn fits(rule: &Rule, path: &[&str]) -> bool {
    let parts: Vec<&str> = rule.path.split("::").skip(1).collect();
    let (Some(path), Some(last)) = (path.get(1..), parts.last()) else {
        // The whole crate.
        return rule.kind != Kind::Item;
    };
    let is_type = last.starts_with(|c: char| c.is_ascii_uppercase());
    match rule.kind {
        Kind::Item => skipping(&parts, path) == Some(path.len()),
        // `tokio::task` is not `tokio::runtime::task`.
        _ if !is_type => path.len() >= parts.len() && path.iter().zip(&parts).all(|(a, b)| a == b),
        _ => skipping(&parts, path).is_some(),
    }
}

/// Finds the parts in the path, in order, with nothing but modules between them; gives the place
/// behind the last.
fn skipping(parts: &[&str], path: &[&str]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        let rest = path.get(at..)?;
        let found = rest.iter().position(|segment| segment == part)?;
        let are_modules = rest[..found].iter().all(|s| s.starts_with(|c: char| c.is_ascii_lowercase()));
        if !are_modules {
            return None;
        }
        at += found + 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn code(text: &str) -> Option<Code> {
        match Leaves::new().judge(&Symbol::of_test(text)) {
            Judgement::Forbidden(found) => Some(found.code),
            Judgement::Harmless | Judgement::Unknown => None,
        }
    }

    #[test]
    fn the_paths_that_users_write_match_those_of_the_definitions() {
        assert_eq!(code("<chrono::offset::utc::Utc>::now"), Some(Code::Clock));
        assert_eq!(code("<std::time::Instant>::now"), Some(Code::Clock));
        assert_eq!(code("<uuid::Uuid>::new_v4"), Some(Code::Randomness));
        assert_eq!(code("std::env::var::<&str>"), Some(Code::Environment));
        assert_eq!(code("std::io::stdio::_print"), Some(Code::Printing));
        assert_eq!(code("rand::rngs::thread::rng"), Some(Code::Randomness));
    }

    #[test]
    fn a_method_of_another_type_does_not_match() {
        assert_eq!(code("<rand::rngs::std::StdRng as rand::rng::Rng>::random::<u64>"), None);
        assert_eq!(code("<std::time::Instant>::duration_since"), None);
        assert_eq!(code("<shop::Window>::now"), None);
    }

    #[test]
    fn looking_at_a_value_is_harmless() {
        assert_eq!(code("<std::env::VarError as core::fmt::Display>::fmt"), None);
        assert_eq!(code("<std::fs::File as core::fmt::Debug>::fmt"), None);
        assert_eq!(code("<std::fs::File as std::io::Read>::read"), Some(Code::Io));
    }

    #[test]
    fn only_taking_the_next_element_is_iteration() {
        let next = "<std::collections::hash::map::Iter<u64, u64> as core::iter::traits::iterator::Iterator>::next";
        assert_eq!(code(next), Some(Code::UnorderedIteration));
        assert_eq!(code("<std::collections::hash::map::Iter<u64, u64> as core::clone::Clone>::clone"), None);
        assert_eq!(code("<std::collections::hash::map::HashMap<u64, u64>>::insert"), None);
    }
}
