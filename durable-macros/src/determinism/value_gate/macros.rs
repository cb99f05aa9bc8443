//! Macros whose arguments are known to be expressions. All others are left alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr, Macro, Pat, Stmt, StmtMacro, Token};

use super::Gate;
use super::call::{is_place, without_reference};
use super::frame::Question;
use super::scope::Origin;
use super::walk::Position;

/// Macros of the standard library with a format string, and its index among the arguments.
const FORMATS: &[(&str, usize)] = &[
    ("assert", 1),
    ("assert_eq", 2),
    ("assert_ne", 2),
    ("debug_assert", 1),
    ("debug_assert_eq", 2),
    ("debug_assert_ne", 2),
    ("eprint", 0),
    ("eprintln", 0),
    ("format", 0),
    ("print", 0),
    ("println", 0),
    ("write", 1),
    ("writeln", 1),
];

/// Macros that log, of many crates: what they do with their arguments is not known, so the
/// arguments stay as they are. What is printed is looked at all the same.
const LOGS: &[&str] = &["anyhow", "debug", "error", "info", "trace", "warn"];

/// Macros that never come back.
const DIVERGING: &[&str] = &["bail", "panic", "todo", "unimplemented", "unreachable"];

pub(super) fn diverges(mac: &Macro) -> bool {
    mac.path.segments.last().is_some_and(|s| DIVERGING.iter().any(|name| s.ident == name))
}

impl Gate<'_> {
    pub(super) fn macro_expression(&mut self, e: &mut Expr) {
        let Expr::Macro(mac) = e else { return };
        let mut places = TokenStream::new();
        self.mac(&mut mac.mac, &mut places);
        self.put_before(e, &places, Position::default());
    }

    /// A macro that stands as a statement; gives the statement to put before it.
    pub(super) fn macro_statement(&mut self, statement: &mut StmtMacro) -> Option<Stmt> {
        if !statement.attrs.is_empty() {
            return None;
        }
        let mut places = TokenStream::new();
        self.mac(&mut statement.mac, &mut places);
        let looks = quote!({ #places });
        (!places.is_empty()).then(|| Stmt::Expr(Expr::Verbatim(looks), None))
    }

    /// The arguments of a macro; adds the looks at what it prints.
    fn mac(&mut self, mac: &mut Macro, places: &mut TokenStream) {
        let Some(name) = mac.path.segments.last().map(|s| s.ident.to_string()) else { return };
        let rewritten = match &*name {
            "vec" => self.list(mac, false).or_else(|| self.repeat(mac)),
            "join" | "try_join" => self.list(mac, true),
            "matches" => self.matches(mac),
            "select" => self.select(mac),
            name => match FORMATS.iter().find(|(format, _)| *format == name) {
                Some((_, index)) => self.formatted(mac, *index, places),
                None => {
                    if LOGS.contains(&name) {
                        self.logged(mac, places);
                    }
                    None
                }
            },
        };
        if let Some(tokens) = rewritten {
            mac.tokens = tokens;
        }
    }

    fn list(&mut self, mac: &Macro, is_awaited: bool) -> Option<TokenStream> {
        let mut list = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()?;
        for e in &mut list {
            self.expression(e, Position { is_awaited, ..Position::default() });
        }
        Some(list.to_token_stream())
    }

    /// `vec![e; n]`
    fn repeat(&mut self, mac: &Macro) -> Option<TokenStream> {
        let parser = |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<Token![;]>()?, input.parse()?));
        let (mut element, semicolon, mut length): (Expr, Token![;], Expr) = parser.parse2(mac.tokens.clone()).ok()?;
        self.argument(&mut element);
        self.argument(&mut length);
        Some(quote!(#element #semicolon #length))
    }

    /// `matches!(e, pattern if guard)`
    fn matches(&mut self, mac: &Macro) -> Option<TokenStream> {
        let parser = |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
        let (mut matched, rest) = parser.parse2(mac.tokens.clone()).ok()?;
        self.argument(&mut matched);
        Some(quote!(#matched #rest))
    }

    /// `select! { pattern = future => branch, .. }`
    fn select(&mut self, mac: &Macro) -> Option<TokenStream> {
        type Branch = (Pat, Expr, Expr);
        let parser = |input: ParseStream<'_>| -> syn::Result<Vec<Branch>> {
            let mut branches = Vec::new();
            while !input.is_empty() {
                let pattern = Pat::parse_multi(input)?;
                input.parse::<Token![=]>()?;
                let future = input.parse()?;
                input.parse::<Token![=>]>()?;
                branches.push((pattern, future, input.parse()?));
                if input.is_empty() {
                    break;
                }
                input.parse::<Token![,]>()?;
            }
            Ok(branches)
        };
        let mut tokens = TokenStream::new();
        for (pattern, mut future, mut branch) in parser.parse2(mac.tokens.clone()).ok()? {
            self.expression(&mut future, Position { is_awaited: true, ..Position::default() });
            self.scopes.enter();
            self.bind(&pattern, Origin::Unknown);
            self.argument(&mut branch);
            self.scopes.leave();
            tokens.extend(quote!(#pattern = #future => #branch,));
        }
        Some(tokens)
    }

    /// What is printed is looked at as a whole: a `HashMap` is printed in its own order.
    fn formatted(&mut self, mac: &Macro, index: usize, places: &mut TokenStream) -> Option<TokenStream> {
        let mut list = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated).ok()?;
        let named: Vec<String> = list.iter().filter_map(name_of_argument).collect();
        for (n, e) in list.iter_mut().enumerate() {
            let e = match e {
                // `name = value`
                Expr::Assign(named) if n > index => &mut *named.right,
                e => e,
            };
            if n == index {
                self.captured(e, &named, places);
            } else if n < index {
                // `write!` takes a place, of which `&mut` is taken.
                if !is_place(e) {
                    self.argument(e);
                }
            } else if is_place(without_reference(e)) {
                let place = without_reference(e).clone();
                self.printed(&place, e, places);
            } else {
                self.operand(e);
            }
        }
        Some(list.to_token_stream())
    }

    /// What is logged after the first string, if all are expressions.
    fn logged(&mut self, mac: &Macro, places: &mut TokenStream) {
        let Ok(list) = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) else { return };
        let named: Vec<String> = list.iter().filter_map(name_of_argument).collect();
        let mut list = list.iter().skip_while(|e| !matches!(e, Expr::Lit(_)));
        if let Some(format) = list.next() {
            self.captured(format, &named, places);
        }
        for e in list {
            let e = if let Expr::Assign(named) = e { &*named.right } else { e };
            let place = without_reference(e);
            if is_place(place) {
                self.printed(place, e, places);
            }
        }
    }

    /// `{name}` in a format string.
    fn captured(&mut self, format: &Expr, named: &[String], places: &mut TokenStream) {
        let Expr::Lit(ExprLit { lit: Lit::Str(format), .. }) = format else { return };
        for name in captured_names(format).into_iter().filter(|name| !named.contains(&name.to_string())) {
            let place = Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path: name.into() });
            self.printed(&place, format, places);
        }
    }

    fn printed(&mut self, place: &Expr, at: &impl ToTokens, places: &mut TokenStream) {
        if self.is_outermost() {
            let at = super::frame::ends(&at.to_token_stream()).0;
            let origin = self.expression(&mut place.clone(), Position::default());
            places.extend(self.tie_place(place, Question::Contents, at, origin).1);
        }
    }
}

/// `name` of `name = value`.
fn name_of_argument(e: &Expr) -> Option<String> {
    match e {
        Expr::Assign(named) => Some(named.left.to_token_stream().to_string()),
        _ => None,
    }
}

/// The names that a format string captures, with its span: they are resolved as if written there.
fn captured_names(format: &LitStr) -> Vec<syn::Ident> {
    let text = format.value().replace("{{", "").replace("}}", "");
    let mut names = Vec::new();
    for hole in text.split('{').skip(1) {
        let name = hole.split([':', '}']).next().unwrap_or_default().trim();
        if let Ok(mut ident) = syn::parse_str::<syn::Ident>(name) {
            ident.set_span(format.span());
            names.push(ident);
        }
    }
    names
}
