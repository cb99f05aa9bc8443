//! Source text. Bodies are kept as text and read when they are needed: most never are.

use std::cell::Cell;

use proc_macro2::{Delimiter, Group, Literal, Span, TokenStream, TokenTree};

/// A piece of a file.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// The line of its first character.
    pub(crate) line: usize,
}

impl Text {
    /// The source of these tokens.
    pub(crate) fn of(span: Span) -> Option<Text> {
        Some(Text { text: span.source_text()?, line: span.start().line })
    }

    pub(crate) fn tokens(&self) -> Option<TokenStream> {
        self.text.parse().ok()
    }
}

/// Runs with proc-macro2's own tokens instead of the compiler's: they can be made from any file
/// and know their lines. The two must never meet, so nothing of them leaves.
pub(crate) fn isolated<R>(work: impl FnOnce() -> R) -> R {
    thread_local!(static DEPTH: Cell<usize> = const { Cell::new(0) });
    struct Inside;
    impl Drop for Inside {
        fn drop(&mut self) {
            DEPTH.set(DEPTH.get() - 1);
            if DEPTH.get() == 0 {
                proc_macro2::fallback::unforce();
            }
        }
    }
    proc_macro2::fallback::force();
    DEPTH.set(DEPTH.get() + 1);
    let _inside = Inside;
    work()
}

/// The bodies that were taken out of a file.
#[derive(Default)]
pub(super) struct Bodies(Vec<Text>);

impl Bodies {
    /// The body that the number in a block stands for.
    pub(super) fn of(&self, block: &syn::Block) -> Option<Text> {
        let [syn::Stmt::Expr(syn::Expr::Lit(literal), None)] = &*block.stmts else { return None };
        let syn::Lit::Int(number) = &literal.lit else { return None };
        self.0.get(number.base10_parse::<usize>().ok()?).cloned()
    }

    /// Puts a number in the place of each function's body: then syn need not parse it.
    pub(super) fn take(&mut self, tokens: TokenStream) -> TokenStream {
        let mut out = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        // Between `fn name` and its body.
        let mut in_signature = false;
        // Between `name!` and its body: not Rust.
        let mut in_macro = false;
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Ident(name) if *name == "fn" => {
                    in_signature = matches!(tokens.peek(), Some(TokenTree::Ident(_)));
                }
                TokenTree::Punct(p) if p.as_char() == ';' => (in_signature, in_macro) = (false, false),
                TokenTree::Punct(p) if p.as_char() == '!' => {
                    in_macro = matches!(out.last(), Some(TokenTree::Ident(_)));
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && in_signature => {
                    in_signature = false;
                    out.push(self.number(group));
                    continue;
                }
                TokenTree::Group(_) if in_macro => in_macro = false,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    let mut inner = Group::new(Delimiter::Brace, self.take(group.stream()));
                    inner.set_span(group.span());
                    out.push(inner.into());
                    continue;
                }
                _ => {}
            }
            out.push(token);
        }
        out.into_iter().collect()
    }

    fn number(&mut self, body: &Group) -> TokenTree {
        let Some(text) = Text::of(body.span()) else { return body.clone().into() };
        let number = Literal::usize_unsuffixed(self.0.len());
        self.0.push(text);
        let mut group = Group::new(Delimiter::Brace, TokenTree::Literal(number).into());
        group.set_span(body.span());
        group.into()
    }
}
