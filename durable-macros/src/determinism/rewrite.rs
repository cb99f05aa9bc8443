//! The await gate, on tokens.
//!
//! `x.await` becomes `x.__durable_await().await`, whose method is bound by `DurableFuture`, and
//! `async { .. }` becomes `block(async { .. })`, which is one. Tokens and not syntax, because the
//! bodies of macros (`format!`, `select!`, `vec!`) are tokens, and awaits in them count as well.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use super::Subject;
use crate::editor;

/// The gated form of a body. Statements that have an error already are left as they are.
pub(crate) fn gate(body: &Group, subject: &Subject<'_>) -> Group {
    if cfg!(durable_without = "awaits") { body.clone() } else { gate_group(body, subject) }
}

fn gate_group(group: &Group, subject: &Subject<'_>) -> Group {
    changed_group(group, subject).unwrap_or_else(|| group.clone())
}

/// None if there is nothing to gate: the group stays what it is, because a new one has the same
/// span for both of its delimiters, and an editor does not find its place between them.
fn changed_group(group: &Group, subject: &Subject<'_>) -> Option<Group> {
    let mut is_changed = false;
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut gated = TokenStream::new();
    if group.delimiter() == Delimiter::Brace {
        let is_end = |t: &TokenTree| is_punct(t, ';');
        for statement in tokens.split_inclusive(is_end) {
            if mentions_reported(statement, subject) {
                gated.extend(statement.iter().cloned());
            } else {
                is_changed |= gate_tokens(statement, subject, &mut gated);
            }
        }
    } else {
        is_changed |= gate_tokens(&tokens, subject, &mut gated);
    }
    if !is_changed {
        return None;
    }
    let mut gated = Group::new(group.delimiter(), gated);
    gated.set_span(group.span());
    Some(gated)
}

/// Whether another layer has found something in this statement; blocks in it have their own.
fn mentions_reported(tokens: &[TokenTree], subject: &Subject<'_>) -> bool {
    subject.has_reported()
        && tokens.iter().any(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => false,
            TokenTree::Group(group) => mentions_reported(&group.stream().into_iter().collect::<Vec<_>>(), subject),
            token => subject.is_reported(token.span()),
        })
}

/// Whether anything in them was gated.
fn gate_tokens(tokens: &[TokenTree], subject: &Subject<'_>, gated: &mut TokenStream) -> bool {
    let mut is_changed = false;
    let mut rest = tokens;
    while let [token, tail @ ..] = rest {
        if let Some(after) = await_expression(rest, gated).or_else(|| async_block(rest, subject, gated)) {
            (is_changed, rest) = (true, after);
        } else if let Some(after) = nested_fn(rest, gated) {
            rest = after;
        } else {
            match token {
                TokenTree::Group(group) => match changed_group(group, subject) {
                    Some(group) => {
                        is_changed = true;
                        group.to_tokens(gated);
                    }
                    None => group.to_tokens(gated),
                },
                other => other.to_tokens(gated),
            }
            rest = tail;
        }
    }
    is_changed
}

/// `.await`, with the user's span on all of it: the error stands where the await does. An editor
/// gets it as it was written: before it, a name is being completed.
fn await_expression<'a>(tokens: &'a [TokenTree], gated: &mut TokenStream) -> Option<&'a [TokenTree]> {
    let [dot, keyword, rest @ ..] = tokens else { return None };
    if editor::expands() || !is_punct(dot, '.') || !is_ident(keyword, "await") {
        return None;
    }
    let method = Ident::new("__durable_await", keyword.span());
    gated.extend(quote_spanned!(keyword.span()=> #dot #method() #dot #keyword));
    Some(rest)
}

/// `async { .. }` and `async move { .. }`.
fn async_block<'a>(tokens: &'a [TokenTree], subject: &Subject<'_>, gated: &mut TokenStream) -> Option<&'a [TokenTree]> {
    let (keyword, capture, body, rest) = match tokens {
        [keyword, TokenTree::Group(body), rest @ ..] => (keyword, None, body, rest),
        [keyword, capture, TokenTree::Group(body), rest @ ..] if is_ident(capture, "move") => {
            (keyword, Some(capture), body, rest)
        }
        _ => return None,
    };
    if !is_ident(keyword, "async") || body.delimiter() != Delimiter::Brace {
        return None;
    }
    let body = gate_group(body, subject);
    gated.extend(quote_spanned!(editor::at(keyword.span())=> ::durable::__private::block(#keyword #capture #body)));
    Some(rest)
}

/// `fn name ..{ .. }`: an item of its own, and no orchestrator unless it says so itself.
/// (`fn(..) -> ..` is a type.)
fn nested_fn<'a>(tokens: &'a [TokenTree], gated: &mut TokenStream) -> Option<&'a [TokenTree]> {
    let [keyword, TokenTree::Ident(_), ..] = tokens else { return None };
    if !is_ident(keyword, "fn") {
        return None;
    }
    let is_end =
        |t: &TokenTree| is_punct(t, ';') || matches!(t, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    let end = tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1);
    let (item, rest) = tokens.split_at(end);
    gated.extend(item.iter().cloned());
    Some(rest)
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(i) if i == name)
}
