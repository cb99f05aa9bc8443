//! `cargo durable explain`.

use durable_rules::Code;

use crate::error::Error;

/// Every code with its title.
pub(crate) fn list() -> String {
    let mut text = String::from("The codes of what is no part of an orchestrator:\n\n");
    for code in Code::all() {
        text += &format!("  {code}  {}\n", code.title());
    }
    text + "\n`cargo durable explain D0001` prints the page of one.\n"
}

/// The page of one code.
pub(crate) fn page(code: &str) -> Result<&'static str, Error> {
    match Code::by_id(code) {
        Some(code) => Ok(code.page()),
        None => Err(Error::UnknownCode { code: code.to_owned(), nearest: nearest(code).id() }),
    }
}

/// `D001`, `d-1`, `1` and a word of the title are all understood as an attempt at a code.
fn nearest(written: &str) -> Code {
    let written = written.to_lowercase();
    let number: String = written.chars().filter(char::is_ascii_digit).collect();
    let by_number = number.parse::<usize>().ok().filter(|n| *n > 0).and_then(|n| Code::all().nth(n - 1));
    let by_word = || Code::all().find(|code| !written.is_empty() && code.title().to_lowercase().contains(&written));
    let by_distance = || Code::all().min_by_key(|code| distance(&code.id().to_lowercase(), &written));
    by_number.or_else(by_word).or_else(by_distance).unwrap_or(Code::Clock)
}

/// How many characters differ, place by place.
fn distance(a: &str, b: &str) -> usize {
    let differing = a.chars().zip(b.chars()).filter(|(a, b)| a != b).count();
    differing + a.chars().count().abs_diff(b.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_names_the_nearest() {
        assert_eq!(nearest("D001"), Code::Clock);
        assert_eq!(nearest("15"), Code::UnorderedIteration);
        assert_eq!(nearest("clock"), Code::Clock);
        assert_eq!(nearest("D00l4").id(), "D0004");
        assert!(page("D0001").is_ok_and(|page| page.starts_with("# D0001")));
        assert!(matches!(page("D9999"), Err(Error::UnknownCode { .. })));
    }
}
