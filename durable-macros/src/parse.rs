//! The arguments of the attributes. All mistakes in them are reported at once.

use std::time::Duration;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitFloat, LitInt, LitStr, Token, Type};

use crate::diagnostics::Errors;
use crate::model::{ActivityArguments, OrchestratorArguments, Retry};

/// As `durable_core::limits::NAME_CHARS_MAX`, which a registry enforces for every definition.
const NAME_CHARS_MAX: usize = 256;

const ACTIVITY_FORM: &str = "#[activity(name = \"copy-file\", retry(max_attempts = 5, first = \"1s\", backoff = 2.0, max_interval = \"1h\"), timeout = \"30s\", queue = \"gpu\", needs(Pool))]";
const ORCHESTRATOR_FORM: &str = "#[orchestrator(name = \"hello\", version = \"2\")]";
const RETRY_FORM: &str = "retry(max_attempts = 5, first = \"1s\", backoff = 2.0, max_interval = \"1h\")";
const DURATION_FORM: &str =
    "a duration is a whole number with `ms`, `s`, `m`, `h` or `d`, such as \"250ms\", \"30s\" or \"2h\"";

/// Arguments of `#[activity(..)]`.
pub(crate) fn activity(tokens: TokenStream, errors: &mut Errors) -> ActivityArguments {
    let mut arguments = ActivityArguments::default();
    for entry in entries(tokens, &["name", "retry", "timeout", "queue", "needs"], ACTIVITY_FORM, errors) {
        match entry.key.to_string().as_str() {
            "name" => arguments.name = errors.take(entry.value(name)),
            "timeout" => arguments.timeout = errors.take(entry.value(duration)),
            "queue" => arguments.queue = errors.take(entry.value(name)),
            "retry" => arguments.retry = errors.take(entry.list()).and_then(|t| retry(&entry.key, t, errors)),
            "needs" => {
                let types = entry.list().and_then(|t| Punctuated::<Type, Token![,]>::parse_terminated.parse2(t));
                arguments.needs = errors.take(types).into_iter().flatten().collect();
            }
            _ => entry.unfit(ORCHESTRATOR_HINT, ACTIVITY_FORM, errors),
        }
    }
    arguments
}

/// Arguments of `#[orchestrator(..)]`.
pub(crate) fn orchestrator(tokens: TokenStream, errors: &mut Errors) -> OrchestratorArguments {
    let mut arguments = OrchestratorArguments::default();
    for entry in entries(tokens, &["name", "version"], ORCHESTRATOR_FORM, errors) {
        match entry.key.to_string().as_str() {
            "name" => arguments.name = errors.take(entry.value(name)),
            "version" => arguments.version = errors.take(entry.value(name)),
            _ => entry.unfit(ACTIVITY_HINT, ORCHESTRATOR_FORM, errors),
        }
    }
    arguments
}

/// `#[durable::helper]` has none.
pub(crate) fn helper(tokens: TokenStream, errors: &mut Errors) {
    if !tokens.is_empty() {
        errors.push(tokens, "`#[durable::helper]` takes no arguments");
    }
}

/// Keys that belong to the other attribute, and what to say about them.
const ORCHESTRATOR_HINT: &[(&str, &str)] =
    &[("version", "only orchestrators have versions: an activity's code may change freely, give a new one a new name")];
const ACTIVITY_HINT: &[(&str, &str)] = &[
    ("retry", "retries belong to activities; for an orchestrator, loop in the one that calls it"),
    ("timeout", "timeouts belong to activities; an orchestrator waits with `ctx.timer(..)`"),
    ("queue", "queues limit activities; an orchestrator takes no slot"),
    ("needs", "shared data is for activities: an orchestrator sees only its input and its history"),
];

/// One `key = value` or `key(..)`.
struct Entry {
    key: Ident,
    rest: TokenStream,
}

impl Entry {
    /// The value of `key = value`.
    fn value<T>(&self, parse: fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
        let key = &self.key;
        let parser = |input: ParseStream<'_>| {
            input.parse::<Token![=]>()?;
            parse(input)
        };
        if self.rest.is_empty() {
            return Err(syn::Error::new(key.span(), format!("`{key}` needs a value: `{key} = …`")));
        }
        parser.parse2(self.rest.clone())
    }

    /// The tokens of `key(..)`.
    fn list(&self) -> syn::Result<TokenStream> {
        let key = &self.key;
        let mut rest = self.rest.clone().into_iter();
        match (rest.next(), rest.next()) {
            (Some(TokenTree::Group(list)), None) if !list.stream().is_empty() => Ok(list.stream()),
            _ => Err(syn::Error::new(key.span(), format!("`{key}` needs a list: `{key}(…)`"))),
        }
    }

    /// A key that is not known here.
    fn unfit(&self, hints: &[(&str, &str)], form: &str, errors: &mut Errors) {
        let key = &self.key;
        let known = hints.iter().find(|(k, _)| key == k);
        let why =
            known.map_or_else(|| format!("unknown argument `{key}`"), |(_, hint)| format!("no `{key}` here: {hint}"));
        errors.push(key, format!("{why}\n\nthe legal form is (each part may be left out):\n\n    {form}"));
    }
}

/// Splits `a = 1, b(..)` and reports what has no key, and keys given twice.
fn entries(tokens: TokenStream, once: &[&str], form: &str, errors: &mut Errors) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for part in tokens.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ',')) {
        match part {
            [] => {}
            [TokenTree::Ident(key), _rest @ ..]
                if once.iter().any(|k| key == k) && found.iter().any(|e| e.key == *key) =>
            {
                errors.push(key, format!("`{key}` is given twice"));
            }
            [TokenTree::Ident(key), rest @ ..] => {
                found.push(Entry { key: key.clone(), rest: rest.iter().cloned().collect() });
            }
            other => {
                let other: TokenStream = other.iter().cloned().collect();
                errors.push(
                    other,
                    format!("expected `key = value`\n\nthe legal form is (each part may be left out):\n\n    {form}"),
                );
            }
        }
    }
    found
}

/// A name or version.
fn name(input: ParseStream<'_>) -> syn::Result<String> {
    let literal: LitStr = input.parse()?;
    let chars = literal.value().chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX {
        let rule = format!("1 to {NAME_CHARS_MAX} characters are allowed here, not {chars}");
        return Err(syn::Error::new(literal.span(), rule));
    }
    Ok(literal.value())
}

fn retry(key: &Ident, tokens: TokenStream, errors: &mut Errors) -> Option<Retry> {
    let (mut max_attempts, mut first, mut backoff, mut max_interval) = (None, None, None, None);
    let mut found = Errors::default();
    for entry in entries(tokens, &["max_attempts", "first", "backoff", "max_interval"], RETRY_FORM, &mut found) {
        match entry.key.to_string().as_str() {
            "max_attempts" => max_attempts = found.take(entry.value(attempts)),
            "first" => first = found.take(entry.value(duration)),
            "backoff" => backoff = found.take(entry.value(factor)),
            "max_interval" => max_interval = found.take(entry.value(duration)),
            _ => entry.unfit(&[], RETRY_FORM, &mut found),
        }
    }
    if found.is_empty() && (max_attempts.is_none() || first.is_none()) {
        let fault = "`retry` needs `max_attempts` and `first`";
        found.push(key, format!("{fault}\n\nthe legal form is:\n\n    {RETRY_FORM}"));
    }
    errors.merge(found);
    Some(Retry { max_attempts: max_attempts?, first: first?, backoff, max_interval })
}

fn attempts(input: ParseStream<'_>) -> syn::Result<u32> {
    let literal: LitInt = input.parse()?;
    match literal.base10_parse()? {
        0 => Err(syn::Error::new(literal.span(), "`max_attempts` counts the first run: it is at least 1")),
        attempts => Ok(attempts),
    }
}

fn factor(input: ParseStream<'_>) -> syn::Result<f64> {
    let (value, span): (f64, Span) = if input.peek(LitInt) {
        let literal: LitInt = input.parse()?;
        (literal.base10_parse()?, literal.span())
    } else {
        let literal: LitFloat = input.parse()?;
        (literal.base10_parse()?, literal.span())
    };
    if value.is_finite() && value >= 1.0 {
        return Ok(value);
    }
    Err(syn::Error::new(span, "`backoff` is the factor from one delay to the next: it is at least 1"))
}

fn duration(input: ParseStream<'_>) -> syn::Result<Duration> {
    if !input.peek(LitStr) {
        let found: TokenTree = input.parse()?;
        return Err(syn::Error::new_spanned(found.to_token_stream(), DURATION_FORM));
    }
    let literal: LitStr = input.parse()?;
    match duration_of(&literal.value()) {
        Some(Duration::ZERO) => {
            Err(syn::Error::new(literal.span(), "the duration is zero; leave the argument out for none"))
        }
        Some(duration) => Ok(duration),
        None => Err(syn::Error::new(literal.span(), DURATION_FORM)),
    }
}

/// `"30s"` and its like.
pub(crate) fn duration_of(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}
