//! From the source text of a body to what it mentions, with lines in the place of tokens.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::Block;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::source::Text;
use crate::determinism::facts::{Mention, Origin, PathUse, TypeUse};
use crate::determinism::scan::{self, Scope};

/// The names that a function has before its first statement.
pub(super) fn scope_of(generics: &HashMap<String, Vec<PathUse>>, parameters: &[(String, TypeUse)]) -> Scope {
    let mut scope = Scope::with_generics(generics);
    for (name, ty) in parameters {
        scope.bind(name.clone(), Origin::Typed(ty.clone()));
    }
    scope
}

/// The names that the blocks around a line of a body have, if functions stand in it.
pub(super) fn scope_at(text: &Text, line: usize) -> Scope {
    struct Around {
        line: usize,
        scope: Scope,
    }
    impl<'ast> Visit<'ast> for Around {
        fn visit_block(&mut self, block: &'ast Block) {
            let braces = block.brace_token.span;
            let lines = braces.open().start().line..=braces.close().end().line;
            if lines.contains(&self.line) {
                self.scope.declare_all(block);
                visit::visit_block(self, block);
            }
        }
    }
    let mut around = Around { line: (line + 1).saturating_sub(text.line), scope: Scope::default() };
    if let Some(block) = text.tokens().and_then(|tokens| syn::parse2(tokens).ok()) {
        around.visit_block(&block);
    }
    around.scope
}

/// What a body mentions.
pub(super) fn body(text: &Text, scope: Scope) -> Vec<Mention<usize>> {
    let block = text.tokens().and_then(|tokens| syn::parse2(tokens).ok());
    block.map(|block| lined(scan::body(&block, scope), text.line)).unwrap_or_default()
}

/// What the initializer of a static mentions.
pub(super) fn initializer(text: &Text) -> Vec<Mention<usize>> {
    let expr = text.tokens().and_then(|tokens| syn::parse2(tokens).ok());
    expr.map(|expr| lined(scan::initializer(&expr), text.line)).unwrap_or_default()
}

/// What the right sides of `macro_rules!` mention.
pub(super) fn rules(text: &Text) -> Vec<Mention<usize>> {
    let tokens: Vec<TokenTree> = text.tokens().into_iter().flatten().collect();
    let tokens = match &*tokens {
        // The braces around all rules.
        [TokenTree::Group(all)] => all.stream().into_iter().collect(),
        _ => tokens,
    };
    let mut mentions = Vec::new();
    for rule in tokens.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';')) {
        if let Some(TokenTree::Group(expansion)) = rule.last() {
            let expansion: TokenStream = expansion.stream();
            mentions.extend(lined(scan::loose(expansion), text.line));
        }
    }
    mentions
}

fn lined(mentions: Vec<Mention<TokenStream>>, first: usize) -> Vec<Mention<usize>> {
    let line = |at: TokenStream| (first + at.span().start().line).saturating_sub(1);
    mentions
        .into_iter()
        .map(|Mention { what, at, below_unsafe, quoted_by }| Mention { what, at: line(at), below_unsafe, quoted_by })
        .collect()
}
