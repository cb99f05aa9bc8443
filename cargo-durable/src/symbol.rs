//! A symbol's name, taken apart: which path it has, of which trait, and whose code it is.

/// A function or a static by its name in the object code, in v0 or legacy mangling.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbol {
    /// Demangled, without hashes.
    pub(crate) text: String,
    /// The path without generics: of a method, its type's path and its own name.
    pub(crate) path: Vec<String>,
    /// The trait's path, if it is an impl of one.
    pub(crate) of_trait: Option<Vec<String>>,
    /// The crate that it was written in, as far as the name tells: the first of these that the
    /// other does not depend on.
    pub(crate) owners: Vec<String>,
    /// Whether the compiler made it: drop glue, shims. Its lines are nobody's.
    pub(crate) is_glue: bool,
    /// Whether generic arguments are part of the name. The legacy mangling leaves them out.
    pub(crate) has_generics: bool,
}

impl Symbol {
    /// `None` for what is no Rust symbol: a function of C.
    pub(crate) fn parse(mangled: &str) -> Option<Self> {
        let demangled = rustc_demangle::try_demangle(mangled).ok()?;
        let mut symbol = Self::of_text(format!("{demangled:#}"));
        symbol.has_generics = mangled.starts_with("_R");
        if is_provided(mangled)
            && let Some(of_trait) = &symbol.of_trait
        {
            symbol.owners = of_trait.first().cloned().into_iter().collect();
        }
        Some(symbol)
    }

    /// For tests: of a demangled name.
    #[cfg(test)]
    pub(crate) fn of_test(text: &str) -> Self {
        Self::of_text(text.to_owned())
    }

    fn of_text(text: String) -> Self {
        let parts = Parts::of(&text);
        let dropped = dropped_type(&text);
        let owners = match dropped {
            Some(ty) => owner_of_type(ty).into_iter().collect(),
            None => parts.owners(),
        };
        let is_call = parts
            .of_trait
            .as_deref()
            .is_some_and(|t| path(t).starts_with(&["core", "ops", "function"].map(String::from)));
        let is_glue = dropped.is_some() || is_call || text.contains("{shim:");
        Self {
            path: parts.path,
            of_trait: parts.of_trait.as_deref().map(path),
            owners,
            is_glue,
            has_generics: true,
            text,
        }
    }

    /// The path of the first of several generic arguments: `shop::flow, shop::X>::poll`.
    pub(crate) fn of_argument(text: &str) -> Vec<String> {
        let mut depth = 0;
        let end = text.char_indices().find(|(at, c)| {
            match c {
                '<' | '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '>' if !text[..*at].ends_with('-') => depth -= 1,
                _ => {}
            }
            depth < 0 || (depth == 0 && *c == ',')
        });
        path(&text[..end.map_or(text.len(), |(at, _)| at)])
    }

    /// The last segment: the function's own name.
    pub(crate) fn name(&self) -> &str {
        let named = |segment: &&String| !segment.starts_with('{');
        self.path.iter().rev().find(named).map_or("", String::as_str)
    }

    /// Whether the path begins with these segments.
    pub(crate) fn is_below(&self, path: &str) -> bool {
        let mut own = self.path.iter();
        path.split("::").all(|segment| own.next().is_some_and(|s| s == segment))
    }

    /// Every crate that the name mentions, generic arguments included.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        let text = self.text.as_str();
        text.match_indices("::").filter_map(move |(end, _)| {
            let start = text[..end].rfind(|c: char| !is_word(c)).map_or(0, |i| i + 1);
            let is_first = start < end && !text[..start].ends_with("::");
            is_first.then(|| &text[start..end])
        })
    }
}

/// Whether this is a method that the trait itself has the body of, called for some type: `Y` in
/// the v0 mangling, where an impl's own method has `X`. The legacy one names the trait alone.
fn is_provided(mangled: &str) -> bool {
    let mut rest = mangled.strip_prefix("_R").unwrap_or_default();
    loop {
        rest = match rest.as_bytes() {
            // Something nested: its namespace follows.
            [b'N', _, ..] => &rest[2..],
            // With generic arguments.
            [b'I', ..] => &rest[1..],
            [b'Y', ..] => return true,
            _ => return false,
        };
    }
}

/// `<T as Trait>::name`, `<T>::name`, `path::name`.
struct Parts {
    path: Vec<String>,
    of_type: Option<String>,
    of_trait: Option<String>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let Some((inner, rest)) = bracketed(text) else { return Self::of_path(text) };
        let (ty, of_trait) = match split_once_at_top(inner, " as ") {
            Some((ty, of_trait)) => (ty, Some(of_trait.to_owned())),
            None => (inner, None),
        };
        let mut path = type_path(ty);
        path.extend(segments(rest));
        Self { path, of_type: Some(ty.to_owned()), of_trait }
    }

    /// Legacy names have `<impl T>` and `<impl Trait for T>` in the middle.
    fn of_path(text: &str) -> Self {
        for (at, _) in text.match_indices("::<impl ") {
            if let Some((inner, rest)) = bracketed(&text[at + 2..]) {
                let inner = &inner["impl ".len()..];
                let (of_trait, ty) = match split_once_at_top(inner, " for ") {
                    Some((of_trait, ty)) => (Some(of_trait.to_owned()), ty),
                    None => (None, inner),
                };
                let mut path = type_path(ty);
                path.extend(segments(rest));
                return Self { path, of_type: Some(ty.to_owned()), of_trait };
            }
        }
        Self { path: segments(text), of_type: None, of_trait: None }
    }

    /// An impl belongs to the crate of its type or of its trait; where both are of the standard
    /// library, to the crate that the trait's arguments name.
    fn owners(&self) -> Vec<String> {
        let Some(ty) = &self.of_type else { return self.path.first().cloned().into_iter().collect() };
        let own = owner_of_type(ty);
        let Some(of_trait) = &self.of_trait else { return own.into_iter().collect() };
        let candidates = own.iter().cloned().chain(path(of_trait).first().cloned());
        let owners: Vec<String> = candidates.filter(|name| !is_standard(name)).collect();
        if !owners.is_empty() {
            return owners;
        }
        let of_argument = of_trait.split_once('<').and_then(|(_, arguments)| owner_of_type(arguments));
        of_argument.filter(|name| !is_standard(name)).or(own).into_iter().collect()
    }
}

/// Crates that come with the toolchain.
pub(crate) fn is_standard(name: &str) -> bool {
    matches!(name, "std" | "core" | "alloc" | "proc_macro" | "test" | "__rustc" | "compiler_builtins" | "std_detect")
}

/// The type whose drop glue this is.
fn dropped_type(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("core::ptr::drop_in_place")?;
    let (inner, rest) = bracketed(rest.strip_prefix("::").unwrap_or(rest))?;
    rest.is_empty().then_some(inner)
}

/// References, tuples and the like belong to nobody.
fn owner_of_type(ty: &str) -> Option<String> {
    let ty = ty.strip_prefix("dyn ").unwrap_or(ty);
    let is_path = ty.starts_with(|c: char| is_word(c) || c == '<') && ty.contains("::");
    if !is_path {
        return None;
    }
    if ty.starts_with('<') { Parts::of(ty).owners().into_iter().next() } else { segments(ty).into_iter().next() }
}

fn type_path(ty: &str) -> Vec<String> {
    let mut ty = ty;
    while let Some(rest) = ["&", "mut ", "*const ", "*mut ", "dyn "].iter().find_map(|p| ty.strip_prefix(p)) {
        ty = rest;
    }
    if ty.starts_with('<') { Parts::of(ty).path } else { segments(ty) }
}

fn path(text: &str) -> Vec<String> {
    if text.starts_with('<') { Parts::of(text).path } else { segments(text) }
}

/// The segments of a path, generic arguments gone.
fn segments(text: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (segment, tail) = split_once_at_top(rest, "::").unwrap_or((rest, ""));
        let segment = segment.split('<').next().unwrap_or_default().trim();
        if !segment.is_empty() {
            // Legacy closures are `{{closure}}`.
            segments.push(if segment.starts_with("{{") {
                segment[1..segment.len() - 1].to_owned()
            } else {
                segment.to_owned()
            });
        }
        rest = tail;
    }
    segments
}

/// `<inner>rest`.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with('<') {
        return None;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            // Not the arrow of `fn() -> T`.
            '>' if !text[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    None
}

/// Splits at the first separator outside of all brackets.
fn split_once_at_top<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if depth == 0 && text[at..].starts_with(separator) {
            return Some((&text[..at], &text[at + separator.len()..]));
        }
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '>' if !text[..at].ends_with('-') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, path: &str, of_trait: Option<&str>, owner: Option<&str>) {
        let symbol = Symbol::of_text(text.to_owned());
        assert_eq!(symbol.path.join("::"), path);
        assert_eq!(symbol.of_trait.map(|t| t.join("::")).as_deref(), of_trait);
        assert_eq!(symbol.owners.first().map(String::as_str), owner);
    }

    #[test]
    fn functions_and_methods() {
        check("std::env::var::<&str>", "std::env::var", None, Some("std"));
        check("<std::time::Instant>::now", "std::time::Instant::now", None, Some("std"));
        check("<shop::flow>::run::{closure#0}", "shop::flow::run::{closure#0}", None, Some("shop"));
        check("<alloc::vec::Vec<fn(u8) -> u8>>::push", "alloc::vec::Vec::push", None, Some("alloc"));
    }

    #[test]
    fn an_impl_belongs_to_the_crate_that_must_have_written_it() {
        check("<shop::D as core::ops::drop::Drop>::drop", "shop::D::drop", Some("core::ops::drop::Drop"), Some("shop"));
        check("<u64 as shop::Clock>::secs", "u64::secs", Some("shop::Clock"), Some("shop"));
        check("<u64 as core::ops::arith::Add<shop::X>>::add", "u64::add", Some("core::ops::arith::Add"), Some("shop"));
        check("<&shop::X as core::fmt::Debug>::fmt", "shop::X::fmt", Some("core::fmt::Debug"), None);
    }

    #[test]
    fn an_impl_of_ones_own_trait_for_another_type_has_two_candidates() {
        let symbol = Symbol::of_test("<durable_core::OrchestrationContext as shop::Wall>::wall");
        assert_eq!(symbol.owners, ["durable_core", "shop"]);
    }

    #[test]
    fn a_provided_method_belongs_to_the_trait() {
        let provided =
            Symbol::parse("_RNvYNtCs1234_4shop4ShopNtCs1234_8vendored10Configured7settingB4_").expect("it is one");
        assert_eq!(provided.text, "<shop::Shop as vendored::Configured>::setting");
        assert_eq!(provided.owners, ["vendored"]);
    }

    #[test]
    fn legacy_names() {
        check("uuid::v4::<impl uuid::Uuid>::new_v4", "uuid::Uuid::new_v4", None, Some("uuid"));
        check(
            "core::str::<impl core::convert::From<shop::X> for alloc::string::String>::from",
            "alloc::string::String::from",
            Some("core::convert::From"),
            Some("shop"),
        );
        check("shop::flow::{{closure}}", "shop::flow::{closure}", None, Some("shop"));
    }

    #[test]
    fn drop_glue_belongs_to_its_type() {
        check("core::ptr::drop_in_place::<shop::D>", "core::ptr::drop_in_place", None, Some("shop"));
        check("core::ptr::drop_in_place<shop::D>", "core::ptr::drop_in_place", None, Some("shop"));
    }

    #[test]
    fn crates_of_generic_arguments_are_mentioned() {
        let symbol = Symbol::of_text("<durable_core::Call<shop::work> as core::future::Future>::poll".to_owned());
        assert_eq!(symbol.crates().collect::<Vec<_>>(), ["durable_core", "shop", "core"]);
    }
}
