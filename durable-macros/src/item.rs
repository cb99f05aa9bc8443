//! A function as it was written, its body left as tokens.
//!
//! The body is never parsed here: rustc has parsed it already and says what is wrong with it, and
//! an unfinished one (in an editor) passes through unharmed, so completion works.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Signature, Visibility};

use crate::editor;

pub(crate) struct FnItem {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

impl Parse for FnItem {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig = input.parse()?;
        match braces(input.parse()?) {
            Ok(body) => Ok(Self { attrs, vis, sig, body }),
            Err(other) => Err(syn::Error::new_spanned(other, "the function needs a body")),
        }
    }
}

/// The body's braces, out of the invisible group that a `$body:block` of `macro_rules!` puts
/// around them.
fn braces(token: TokenTree) -> Result<Group, TokenTree> {
    match token {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => Ok(body),
        TokenTree::Group(outer) if outer.delimiter() == Delimiter::None => {
            let mut inner = outer.stream().into_iter();
            match (inner.next(), inner.next()) {
                (Some(only), None) => braces(only),
                _ => Err(TokenTree::Group(outer)),
            }
        }
        // A body that rust-analyzer cannot mend is a name to the macro: it puts the body back where
        // it finds the name again.
        TokenTree::Ident(name) if editor::expands() => Ok(Group::new(Delimiter::None, TokenTree::Ident(name).into())),
        other => Err(other),
    }
}

impl ToTokens for FnItem {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.attrs.iter().map(ToTokens::to_token_stream));
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// Parses the item under the attribute `#[attribute]`, or says where the attribute belongs.
pub(crate) fn parse(attribute: &str, item: TokenStream) -> syn::Result<FnItem> {
    let is_fn = item.clone().into_iter().any(|t| matches!(t, TokenTree::Ident(i) if i == "fn"));
    if is_fn {
        return syn::parse2(item);
    }
    let rule = match attribute {
        "helper" => "`#[durable::helper]` goes on a function or method".to_owned(),
        _ => format!("`#[{attribute}]` goes on a free `async fn`: put it on each function, not on what contains them"),
    };
    // The attribute sees an item without its own line, so the first keyword is the best place.
    let at = item.into_iter().find(|t| matches!(t, TokenTree::Ident(i) if i != "pub"));
    Err(match at {
        Some(token) => syn::Error::new_spanned(token, rule),
        None => syn::Error::new(proc_macro2::Span::call_site(), rule),
    })
}
