//! Bodies of macros: their syntax is their own, so they are read as what they look like, a list of
//! expressions or a block; else token by token.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Block, Expr, Lit, Macro, Token};

use super::super::facts::{Fault, Origin, PathUse, What};
use super::{Scanner, plain};

/// Macros whose first string is a format.
const FORMATTING: &[&str] = &[
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "format_args",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "unreachable",
    "todo",
    "unimplemented",
    "info",
    "warn",
    "error",
    "debug",
    "trace",
    "log",
    "event",
    "anyhow",
    "bail",
    "ensure",
    "eyre",
    "matches",
    "dbg",
];

/// Macros whose arguments are for the compiler alone: no code comes of them.
const QUOTING: &[&str] = &[
    "stringify",
    "concat",
    "line",
    "column",
    "file",
    "module_path",
    "cfg",
    "env",
    "option_env",
    "include_str",
    "include_bytes",
    "compile_error",
];

/// Whose arguments these are, if they are never run.
fn quoting(path: &PathUse) -> Option<&'static str> {
    let name = match &*path.segments {
        [name] => name,
        [std, name] if matches!(std.as_str(), "std" | "core") => name,
        _ => return None,
    };
    QUOTING.iter().copied().find(|quoting| quoting == name)
}

impl Scanner {
    pub(super) fn macro_call(&mut self, mac: &Macro) {
        let path = plain(&mac.path);
        let Some(name) = path.segments.last().cloned() else { return };
        // The escape hatch: its expression is vouched for.
        if name == "trust" {
            return;
        }
        let quoted_by = self.quoted_by;
        if let Some(used) = self.scope.resolve_macro(path.segments, path.rooted) {
            self.quoted_by = quoted_by.or(quoting(&used));
            self.mention_macro(used, &mac.path, quoted_by);
        }
        self.formats = FORMATTING.contains(&name.as_str());
        self.arguments(mac.tokens.clone());
        self.formats = false;
        self.quoted_by = quoted_by;
    }

    /// A macro, itself quoted by another or not.
    fn mention_macro(&mut self, used: PathUse, at: impl ToTokens, quoted_by: Option<&'static str>) {
        let inner = std::mem::replace(&mut self.quoted_by, quoted_by);
        self.push(What::Macro(used), at);
        self.quoted_by = inner;
    }

    /// `expr, name = expr, …`, or whatever else it is.
    fn arguments(&mut self, tokens: TokenStream) {
        match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
            Ok(arguments) => {
                let formats = self.formats;
                for argument in &arguments {
                    match argument {
                        Expr::Lit(literal) => self.literal(&literal.lit, formats),
                        // Not an assignment but a named argument.
                        Expr::Assign(named) => self.visit_expr(&named.right),
                        other => self.visit_expr(other),
                    }
                }
            }
            Err(_) => self.tokens(tokens),
        }
    }

    fn literal(&mut self, literal: &Lit, formats: bool) {
        if let Lit::Str(text) = literal
            && formats
            && formats_pointer(&text.value())
        {
            self.fault(Fault::PointerFormat, text);
        }
    }

    /// Tokens of unknown syntax.
    pub(super) fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut after_dot = false;
        while let [token, tail @ ..] = rest {
            rest = tail;
            match token {
                TokenTree::Group(group) => self.group(group),
                TokenTree::Literal(literal) => {
                    let literal = Lit::new(literal.clone());
                    self.literal(&literal, self.formats);
                }
                TokenTree::Ident(name) if name == "let" => self.loose_let(tail),
                TokenTree::Ident(name) if name == "unsafe" => self.fault(Fault::UnsafeBlock, name),
                TokenTree::Ident(_) => rest = self.name(token, tail, after_dot),
                TokenTree::Punct(_) => {}
            }
            after_dot = matches!(token, TokenTree::Punct(p) if p.as_char() == '.');
        }
    }

    /// Within braces stand statements, within others expressions, more often than not.
    fn group(&mut self, group: &Group) {
        if group.delimiter() == Delimiter::Brace {
            match Block::parse_within.parse2(group.stream()) {
                Ok(stmts) => self.visit_block(&Block { brace_token: syn::token::Brace::default(), stmts }),
                Err(_) => self.scoped(|scanner| scanner.tokens(group.stream())),
            }
        } else {
            self.arguments(group.stream());
        }
    }

    /// `let name` binds it for what follows.
    fn loose_let(&mut self, tail: &[TokenTree]) {
        let name = tail.iter().find_map(|t| match t {
            TokenTree::Ident(name) if name != "mut" => Some(name.to_string()),
            _ => None,
        });
        if let Some(name) = name {
            self.scope.bind(name, Origin::Unknown);
        }
    }

    /// A name, with the path that follows it. Gives what comes after.
    fn name<'a>(&mut self, first: &TokenTree, tail: &'a [TokenTree], after_dot: bool) -> &'a [TokenTree] {
        let mut path = vec![first.to_string()];
        let mut at = first.to_token_stream();
        let mut rest = tail;
        while let [colon, second, TokenTree::Ident(name), after @ ..] = rest {
            if !is_punct(colon, ':') || !is_punct(second, ':') {
                break;
            }
            path.push(name.to_string());
            at.extend([colon.clone(), second.clone(), TokenTree::Ident(name.clone())]);
            rest = after;
        }
        let called = matches!(rest, [TokenTree::Group(g), ..] if g.delimiter() == Delimiter::Parenthesis);
        match rest {
            [bang, TokenTree::Group(body), after @ ..] if is_punct(bang, '!') => {
                if path.last().is_some_and(|name| name == "trust") {
                    return after;
                }
                let quoted_by = self.quoted_by;
                if let Some(used) = self.scope.resolve_macro(path, false) {
                    self.quoted_by = quoted_by.or(quoting(&used));
                    self.mention_macro(used, at, quoted_by);
                }
                self.arguments(body.stream());
                self.quoted_by = quoted_by;
                after
            }
            _ if after_dot => {
                if let [name] = &*path
                    && called
                {
                    self.push(What::Method(Origin::Unknown.into(), name.clone()), at);
                }
                // What runs in the closure of `ctx.side_effect(..)` is recorded.
                match rest {
                    [_, after @ ..] if path == ["side_effect"] => after,
                    _ => rest,
                }
            }
            // A single name could be anything, unless it is called or state of its own.
            _ => {
                let matters = path.len() > 1 || called || path[0].chars().all(|c| !c.is_lowercase());
                if matters && let Some(used) = self.scope.resolve_value(path, false) {
                    self.push(What::Value(used), at);
                }
                rest
            }
        }
    }
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

/// Whether one of the `{..}` of a format string ends in `p`: `{:p}`, `{x:#p}`, `{0:>8p}`.
fn formats_pointer(format: &str) -> bool {
    let format = format.replace("{{", "");
    format.split('{').skip(1).any(|part| {
        let inner = part.split('}').next().unwrap_or_default();
        inner.split_once(':').is_some_and(|(_, spec)| spec.trim_end().ends_with('p'))
    })
}
