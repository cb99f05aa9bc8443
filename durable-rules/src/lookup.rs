//! Finding the rule for a path: the longest match decides, so an exception below a forbidden
//! module, or a better help for one of its functions, is simply another row.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::{Kind, Rule, rules};

/// Crates and modules that re-export what has its rules under another name.
const ALIASES: &[(&str, &str)] = &[
    ("core", "std"),
    ("alloc", "std"),
    ("std::collections::hash_map::RandomState", "std::hash::RandomState"),
    ("std::collections::hash_map::DefaultHasher", "std::hash::DefaultHasher"),
    ("std::collections::hash_map::HashMap", "std::collections::HashMap"),
    ("std::collections::hash_set::HashSet", "std::collections::HashSet"),
    ("chrono::offset::Utc", "chrono::Utc"),
    ("chrono::offset::Local", "chrono::Local"),
    ("chrono::prelude", "chrono"),
    ("futures_util", "futures"),
    ("futures::prelude", "futures"),
    ("futures::prelude::future", "futures::future"),
    ("futures::prelude::stream", "futures::stream"),
    ("futures::stream::futures_unordered", "futures::stream"),
    ("futures::stream::futures_ordered", "futures::stream"),
    ("futures_channel", "futures::channel"),
    ("futures_executor", "futures::executor"),
    ("rand::prelude::random", "rand::random"),
    ("rand::prelude::rng", "rand::rng"),
    ("rand::prelude::thread_rng", "rand::thread_rng"),
    ("rand::prelude", "rand::rngs"),
    ("rand_core::OsRng", "rand::rngs::OsRng"),
    ("rand::rngs::thread::rng", "rand::rng"),
    ("rand::rngs::thread::ThreadRng", "rand::rngs::ThreadRng"),
    ("sqlx_core", "sqlx"),
    ("tokio::time::interval::interval", "tokio::time::interval"),
];

/// The path under which the table lists what has several names. `core` and `alloc` are `std`.
#[must_use]
pub fn canonical(path: &str) -> String {
    let path = path.trim_start_matches("::");
    let mut path = path.to_owned();
    // An alias may lead to another one: `core::collections::hash_map::..`.
    while let Some(next) = replaced(&path) {
        path = next;
    }
    path
}

fn replaced(path: &str) -> Option<String> {
    let aliases = &tables().aliases;
    above(path).find_map(|part| aliases.get(part).map(|to| format!("{to}{}", &path[part.len()..])))
}

/// The path and everything above it, the longest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once("::").map(|(above, _)| above))
}

/// The rules by path; macros have a namespace of their own, as in the language.
struct Tables {
    aliases: HashMap<&'static str, &'static str>,
    values: HashMap<&'static str, &'static Rule>,
    macros: HashMap<&'static str, &'static Rule>,
    methods: HashMap<&'static str, &'static Rule>,
    associated: HashMap<&'static str, &'static Rule>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables {
            aliases: ALIASES.iter().copied().collect(),
            values: HashMap::new(),
            macros: HashMap::new(),
            methods: HashMap::new(),
            associated: HashMap::new(),
        };
        for rule in rules().iter().filter(|rule| rule.in_source()) {
            let table = match rule.kind {
                Kind::Item | Kind::Tree | Kind::Harmless => &mut tables.values,
                Kind::Macro => &mut tables.macros,
                Kind::Method => &mut tables.methods,
                Kind::Associated => &mut tables.associated,
            };
            table.insert(rule.path, rule);
        }
        tables
    })
}

/// The rule that forbids this path in source code, if there is one. The path is absolute: its
/// first segment is a crate.
#[must_use]
pub fn find(path: &str) -> Option<&'static Rule> {
    let path = canonical(path);
    let found = longest(&path).or_else(|| family(&path).and_then(|path| longest(&path)));
    match found {
        Some(rule) => Some(rule).filter(|rule| rule.kind != Kind::Harmless),
        None => path.rsplit_once("::").and_then(|(_, name)| tables().associated.get(name).copied()),
    }
}

/// The rule that forbids a macro of this path.
#[must_use]
pub fn find_macro(path: &str) -> Option<&'static Rule> {
    let path = canonical(path);
    let below = || longest(&path).filter(|rule| rule.kind == Kind::Tree);
    tables().macros.get(path.as_str()).copied().or_else(below)
}

/// The rule that forbids a method of this name on every type.
#[must_use]
pub fn find_method(name: &str) -> Option<&'static Rule> {
    tables().methods.get(name).copied()
}

/// The longest rule that is the path or a module above it.
fn longest(path: &str) -> Option<&'static Rule> {
    let values = &tables().values;
    if let Some(rule) = values.get(path) {
        return Some(rule);
    }
    above(path).skip(1).find_map(|above| values.get(above).copied().filter(|rule| rule.kind != Kind::Item))
}

/// `aws_sdk_s3::Client` is one of the family `aws_sdk_*`.
fn family(path: &str) -> Option<String> {
    const FAMILIES: &[&str] = &["aws_sdk_", "google_cloud_", "azure_", "rusoto_", "deadpool_", "bb8_"];
    let (root, rest) = path.split_once("::").unwrap_or((path, ""));
    let family = FAMILIES.iter().find(|family| root.starts_with(**family))?;
    Some(if rest.is_empty() { format!("{family}*") } else { format!("{family}*::{rest}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[track_caller]
    fn code(path: &str) -> Option<Code> {
        find(path).map(|rule| rule.code)
    }

    #[test]
    fn the_longest_match_decides() {
        assert_eq!(code("std::env::var"), Some(Code::Environment));
        assert_eq!(code("std::env::consts::OS"), None);
        assert_eq!(code("std::sync::atomic::AtomicU8::new"), Some(Code::SharedState));
        assert_eq!(code("std::sync::atomic::Ordering::SeqCst"), None);
        assert_eq!(code("fastrand::Rng::with_seed"), None);
        assert_eq!(code("fastrand::u64"), Some(Code::Randomness));
    }

    #[test]
    fn an_exact_rule_covers_nothing_below_it() {
        assert_eq!(code("std::time::Instant::now"), Some(Code::Clock));
        assert_eq!(code("std::time::Instant::now::more"), None);
        assert_eq!(code("std::time::Duration::from_secs"), None);
    }

    #[test]
    fn re_exports_are_known() {
        assert_eq!(code("::core::hash::RandomState::new"), Some(Code::Randomness));
        assert_eq!(code("std::collections::hash_map::DefaultHasher::default"), Some(Code::UnstableHash));
        assert_eq!(code("chrono::prelude::Utc::now"), Some(Code::Clock));
        assert_eq!(code("futures_util::future::join_all"), Some(Code::Runtime));
    }

    #[test]
    fn families_and_names() {
        assert_eq!(code("aws_sdk_s3::Client::new"), Some(Code::Network));
        assert_eq!(code("aws_sdk_s3::types::StorageClass::Glacier"), None);
        assert_eq!(code("rand_chacha::ChaCha8Rng::from_os_rng"), Some(Code::Randomness));
        assert_eq!(find_method("par_iter").map(|rule| rule.code), Some(Code::Threads));
    }

    #[test]
    fn macros_have_their_own_namespace() {
        assert_eq!(find_macro("std::println").map(|rule| rule.code), Some(Code::Printing));
        assert_eq!(find_macro("sqlx::query_as").map(|rule| rule.code), Some(Code::Network));
        assert_eq!(find_macro("std::format").map(|rule| rule.code), None);
        assert_eq!(code("std::println"), None);
    }
}
