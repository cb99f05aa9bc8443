//! Every `durable::trust!("why", expr)` of the workspace, with its reason.
//!
//! Read from the sources, because the reason is not in the object code. On tokens, so that uses
//! within other macros are found and those in comments are not.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use crate::objects::Location;

/// One use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trust {
    pub(crate) at: Location,
    /// `None` if it was found in the object code only: behind a macro or another name.
    pub(crate) reason: Option<String>,
}

/// Every use in these files.
pub(crate) fn in_sources<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Vec<Trust> {
    let mut found = Vec::new();
    for file in files {
        // A file that is gone was compiled before; and most have none, and need not be taken apart.
        if let Ok(text) = fs::read_to_string(file)
            && text.contains("trust!")
        {
            in_file(file, &text, &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

fn in_file(file: &Path, text: &str, found: &mut Vec<Trust>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(tokens) = TokenStream::from_str(text) {
        in_tokens(&file.to_string_lossy(), tokens, found);
    }
}

fn in_tokens(file: &str, tokens: TokenStream, found: &mut Vec<Trust>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            in_tokens(file, group.stream(), found);
        }
        if let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(arguments), ..] = &tokens[index..]
            && name == "trust"
            && bang.as_char() == '!'
            && let Some(TokenTree::Literal(reason)) = arguments.stream().into_iter().next()
        {
            let line = name.span().start().line;
            let reason = reason.to_string();
            let reason = reason.trim_start_matches(['r', '#']).trim_end_matches('#').trim_matches('"').to_owned();
            found.push(Trust { at: Location { file: file.to_owned(), line: line as u64 }, reason: Some(reason) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_found_in_macros_and_not_in_comments() {
        let text = r#"
            // trust!("a comment", 1)
            fn flow() { let x = durable::trust!("a table", f()); }
            fn other() { println!("{}", trust!("within a macro", 2)); }
        "#;
        let mut found = Vec::new();
        in_file(Path::new("src/main.rs"), text, &mut found);
        let found: Vec<_> = found.iter().map(|t| (t.at.line, t.reason.as_deref().unwrap_or_default())).collect();
        assert_eq!(found, [(3, "a table"), (4, "within a macro")]);
    }
}
