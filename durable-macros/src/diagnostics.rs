//! All errors of one item at once, each at its own place.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>, Vec<Span>);

impl Errors {
    /// An error at these tokens.
    pub(crate) fn push(&mut self, at: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(at, message));
    }

    /// An error that was made elsewhere.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// All errors of another.
    pub(crate) fn merge(&mut self, other: Errors) {
        self.1.extend(other.1);
        other.0.into_iter().for_each(|e| self.add(e));
    }

    /// Takes the value, or its error.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|e| self.add(e)).ok()
    }

    /// Other places that have these mistakes, such as the uses of a variable that holds one: what
    /// later checks would say there has been said.
    pub(crate) fn also_at(&mut self, places: Vec<Span>) {
        self.1.extend(places);
    }

    /// Every place where nothing more is to be said.
    pub(crate) fn places(&self) -> impl Iterator<Item = Span> {
        let own: Vec<Span> = self.to_token_stream().into_iter().map(|token| token.span()).collect();
        own.into_iter().chain(self.1.clone())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The texts, in the order of discovery.
    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|e| e.to_string()).collect()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.as_ref().map(syn::Error::to_compile_error));
    }
}

/// Tokens of a type as a person would write them.
pub(crate) fn written(tokens: impl ToTokens) -> String {
    // rustc's printer and the fallback printer of proc-macro2 space tokens differently.
    const TIDY: &[(&str, &str)] = &[
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        ("& ", "&"),
        ("* ", "*"),
        (" (", "("),
        (",(", ", ("),
        ("->(", "-> ("),
        ("( ", "("),
        (" )", ")"),
        (" !", "!"),
        (" : ", ": "),
    ];
    let text = tokens.to_token_stream().to_string();
    TIDY.iter().fold(text, |text, (from, to)| text.replace(from, to))
}
