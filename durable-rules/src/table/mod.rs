//! The table, by subject.

mod host;
mod network;
mod random;
mod runtime;
mod standard;
mod state;
mod time;

use std::sync::OnceLock;

use crate::{Code, Kind, Rule, Seen};

/// Paths that have everything else in common.
struct Rows {
    code: Code,
    kind: Kind,
    seen: Seen,
    instead: Option<&'static str>,
    replacement: Option<&'static str>,
    paths: &'static [&'static str],
}

/// `Code, Kind, Seen, (help and replacement)? => [paths]`.
macro_rules! rows {
    ($($code:ident, $kind:ident, $seen:ident $(, $instead:literal $(= $replacement:literal)?)? => [$($path:literal),* $(,)?];)*) => {
        pub(super) static ROWS: &[$crate::table::Rows] = &[$($crate::table::Rows {
            code: $crate::Code::$code,
            kind: $crate::Kind::$kind,
            seen: $crate::Seen::$seen,
            instead: $crate::table::first(&[$($instead)?]),
            replacement: $crate::table::first(&[$($($replacement)?)?]),
            paths: &[$($path),*],
        }),*];
    };
}
use rows;

/// An optional part of a row.
const fn first(texts: &[&'static str]) -> Option<&'static str> {
    match texts {
        [text, ..] => Some(*text),
        [] => None,
    }
}

/// Every rule.
pub fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        [standard::ROWS, time::ROWS, random::ROWS, host::ROWS, network::ROWS, runtime::ROWS, state::ROWS]
            .into_iter()
            .flatten()
            .flat_map(|rows| {
                let &Rows { code, kind, seen, instead, replacement, paths } = rows;
                paths.iter().map(move |&path| Rule { code, kind, seen, path, instead, replacement })
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{Kind, canonical};

    #[test]
    fn rows_are_canonical_and_stand_once() {
        let mut seen = HashSet::new();
        for rule in rules() {
            assert!(
                seen.insert((rule.path, rule.kind == Kind::Macro, rule.seen == Seen::Object)),
                "{} stands twice",
                rule.path
            );
            if rule.in_source() {
                assert_eq!(canonical(rule.path), rule.path, "is looked up under its canonical path");
            }
        }
    }

    #[test]
    fn a_replacement_stands_in_its_help() {
        for rule in rules() {
            assert!(rule.replacement.is_none_or(|text| rule.instead().contains(text)), "{}", rule.path);
        }
    }
}
