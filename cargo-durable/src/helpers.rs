//! Every function with `#[durable::helper]` in the workspace.
//!
//! Read from the sources: one that awaits nothing is compiled as it is written, so nothing in the
//! object code says what it is. On tokens, so that uses within other macros are found.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::objects::Location;

/// One function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Helper {
    pub(crate) name: String,
    file: String,
    /// From the attribute to the end of the body.
    first: u64,
    last: u64,
}

impl Helper {
    /// Whether this is one of its lines.
    pub(crate) fn has(&self, at: &Location) -> bool {
        at.file == self.file && (self.first..=self.last).contains(&at.line)
    }
}

/// Every helper in these files.
pub(crate) fn in_sources<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Vec<Helper> {
    let mut found = Vec::new();
    for file in files {
        // Most have none, and need not be taken apart.
        if let Ok(text) = fs::read_to_string(file)
            && text.contains("helper")
            && text.contains("durable")
        {
            in_file(file, &text, &mut found);
        }
    }
    found
}

fn in_file(file: &Path, text: &str, found: &mut Vec<Helper>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(tokens) = TokenStream::from_str(text) {
        in_tokens(&file.to_string_lossy(), tokens, found);
    }
}

fn in_tokens(file: &str, tokens: TokenStream, found: &mut Vec<Helper>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        in_tokens(file, group.stream(), found);
        let is_attribute = index > 0 && matches!(&tokens[index - 1], TokenTree::Punct(p) if p.as_char() == '#');
        if is_attribute
            && group.delimiter() == Delimiter::Bracket
            && is_helper(group.stream())
            && let Some((name, last)) = function(&tokens[index + 1..])
        {
            let first = group.span_open().start().line as u64;
            found.push(Helper { name, file: file.to_owned(), first, last });
        }
    }
}

/// `durable::helper`, `helper`, `cfg_attr(.., durable::helper)`.
fn is_helper(attribute: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    match &*tokens {
        [TokenTree::Ident(name), TokenTree::Group(arguments)] if name == "cfg_attr" => {
            let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
            arguments.split(is_comma).skip(1).any(|part| is_helper(part.iter().cloned().collect()))
        }
        tokens => {
            let words = tokens.iter().filter_map(|token| match token {
                TokenTree::Ident(name) => Some(name.to_string()),
                _ => None,
            });
            let path: Vec<String> = words.collect();
            matches!(&*path, [name] if name == "helper")
                || matches!(&*path, [of_crate, name] if of_crate == "durable" && name == "helper")
        }
    }
}

/// The name, and the line where the body ends. A name that a macro puts there is not known.
fn function(tokens: &[TokenTree]) -> Option<(String, u64)> {
    let is_fn = |token: &TokenTree| matches!(token, TokenTree::Ident(name) if name == "fn");
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    let end = tokens.iter().position(is_body)?;
    let at = tokens[..end].iter().position(is_fn)?;
    let TokenTree::Ident(name) = &tokens[at + 1] else { return None };
    let name = name.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    Some((name, tokens[end].span().end().line as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_found_wherever_they_stand() {
        let text = "
            // #[durable::helper] fn comment() {}
            #[durable::helper]
            #[inline]
            pub fn plain(n: u64) -> u64 {
                n
            }
            impl Shop { #[helper()] pub(crate) async fn method(&self) {} }
            #[cfg_attr(all(), durable::helper)] fn conditional() {}
            #[other::helper] fn other() {}
            #[helpers] fn others() {}
            macro_rules! m { ($name:ident) => { #[durable::helper] fn $name() {} } }
        ";
        let mut found = Vec::new();
        in_file(Path::new("src/main.rs"), text, &mut found);
        let found: Vec<_> = found.iter().map(|h| (h.name.as_str(), h.first, h.last)).collect();
        assert_eq!(found, [("plain", 3, 7), ("method", 8, 8), ("conditional", 9, 9)]);
    }
}
