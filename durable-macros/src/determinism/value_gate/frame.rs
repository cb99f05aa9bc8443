//! The probes of one body, closure or async block, and the code around it.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Block, Expr, Stmt};

/// What a probe is asked; the methods are in `durable_core::macro_support`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Value,
    From,
    Handle,
    Iteration,
    Contents,
    Path,
    Elapsed,
}

impl Question {
    fn method(self) -> &'static str {
        match self {
            Question::Value => "__durable_value",
            Question::From => "__durable_from",
            Question::Handle => "__durable_handle",
            Question::Iteration => "__durable_iteration",
            Question::Contents => "__durable_contents",
            Question::Path => "__durable_path",
            Question::Elapsed => "__durable_elapsed",
        }
    }
}

struct Probe {
    variable: Ident,
    question: Question,
    /// Where the error is to stand.
    at: Span,
    /// The probe of what this one's value came from: if that was denied, this is silent.
    after: Option<usize>,
    /// Whether another comes after it.
    is_followed: bool,
}

#[derive(Default)]
pub(super) struct Frame {
    probes: Vec<Probe>,
}

impl Frame {
    pub(super) fn is_empty(&self) -> bool {
        self.probes.is_empty()
    }

    /// Adds a probe; gives its number within the frame.
    pub(super) fn ask(&mut self, variable: Ident, question: Question, at: Span, after: Option<usize>) -> usize {
        if let Some(earlier) = after.and_then(|n| self.probes.get_mut(n)) {
            earlier.is_followed = true;
        }
        self.probes.push(Probe { variable, question, at, after, is_followed: false });
        self.probes.len() - 1
    }

    /// The statements: probes, body, questions.
    pub(super) fn around(&self, body: &TokenStream, diverges: bool) -> TokenStream {
        let mut variables: Vec<&Ident> = self.probes.iter().map(|p| &p.variable).collect();
        variables.dedup();
        let questions = self.probes.iter().enumerate().map(|(n, probe)| self.question(n, probe));
        // A body that never ends makes its `return` unreachable.
        let allow = diverges.then(|| quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)]));
        quote! {
            #[allow(unused_mut, unused_variables, unused_assignments)]
            let (#(mut #variables,)*);
            #allow
            #[allow(unused_braces)]
            return #body;
            #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
            { #(#questions)* };
        }
    }

    fn question(&self, number: usize, probe: &Probe) -> TokenStream {
        let Probe { variable, question, at, after, is_followed } = probe;
        let (question, allow) = (Ident::new(question.method(), *at), Ident::new("__durable_allow", *at));
        let asked = match after {
            Some(earlier) => {
                let earlier = Ident::new(&verdict(*earlier).to_string(), Span::mixed_site().located_at(*at));
                quote_spanned!(*at=> (#earlier).__durable_then(&#variable))
            }
            None => quote_spanned!(*at=> (&#variable)),
        };
        // All of it at the user's code: rustc shows an error from its first to its last token.
        let answer = quote_spanned!(*at=> #asked.#question().#allow());
        if *is_followed {
            let name = verdict(number);
            quote!(let #name = #answer;)
        } else {
            quote!(#answer;)
        }
    }
}

fn verdict(number: usize) -> Ident {
    format_ident!("__durable_verdict_{number}", span = Span::mixed_site())
}

/// Generated, but placed at the user's code: lints leave it alone.
pub(super) fn located(at: Span) -> Span {
    Span::mixed_site().located_at(at)
}

/// How a value goes through its probe.
#[derive(Clone, Copy)]
pub(super) enum Tie {
    /// Its type may follow from what is expected of it.
    Expecting,
    /// It may not; and what does not fit is said at the expression and not at an argument.
    Lone,
    /// Nobody takes it. That it should be taken is said at the expression.
    Statement,
}

/// `tie(value, probe)`, from the first to the last token of the value for those who look at spans.
pub(super) fn tie(how: Tie, value: &TokenStream, variable: &Ident) -> TokenStream {
    let (first, last) = ends(value);
    let at = located(first);
    let probe = quote_spanned!(at=> { #variable = ::durable::__private::Ty::new(); #variable });
    match how {
        Tie::Expecting => quote_spanned!(at=> ::durable::__private::tie(#value, #probe)),
        Tie::Lone => lone(quote_spanned!(first=> ::durable::__private::tie_lone(#value, #probe)), last),
        Tie::Statement => {
            let mut arguments = Group::new(Delimiter::Parenthesis, quote!(#value, #probe));
            arguments.set_span(last);
            quote_spanned!(first=> #[allow(clippy::unit_arg)] ::durable::__private::tie #arguments)
        }
    }
}

/// `after(places, value)`.
pub(super) fn after(how: Tie, places: &TokenStream, value: &TokenStream) -> TokenStream {
    let (first, last) = ends(value);
    let at = located(first);
    match how {
        Tie::Expecting | Tie::Statement => quote_spanned!(at=> ::durable::__private::after(#places, #value)),
        Tie::Lone => lone(quote_spanned!(first=> ::durable::__private::after_lone(#places, #value)), last),
    }
}

/// Under `if false`: the place is neither moved nor, at run time, looked at.
pub(super) fn place(place: &TokenStream, variable: &Ident) -> TokenStream {
    quote! {
        if false {
            ::durable::__private::tie_place(&#place, { #variable = ::durable::__private::Ty::new(); #variable })
        }
    }
}

/// `call.0`, whose ends are the user's: an ordinary type error in it is shown at the expression as
/// it was written.
fn lone(call: TokenStream, last: Span) -> TokenStream {
    let mut field = Literal::usize_unsuffixed(0);
    field.set_span(last);
    quote_spanned!(last=> #call.#field)
}

/// The first and the last span of an expression.
pub(super) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut tokens = tokens.clone().into_iter();
    let first = tokens.next().map_or_else(Span::call_site, |t| t.span());
    let last = tokens.last().map_or(first, |t| t.span());
    (first, last)
}

/// Whether a block obviously never comes to its end.
pub(super) fn diverges(block: &Block) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(e, _)) => expression_diverges(e),
        Some(Stmt::Macro(m)) => super::macros::diverges(&m.mac),
        _ => false,
    }
}

pub(super) fn expression_diverges(e: &Expr) -> bool {
    match e {
        Expr::Loop(_) | Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::Macro(m) => super::macros::diverges(&m.mac),
        Expr::Block(b) => diverges(&b.block),
        Expr::If(i) => {
            diverges(&i.then_branch) && i.else_branch.as_ref().is_some_and(|(_, other)| expression_diverges(other))
        }
        Expr::Match(m) => m.arms.iter().all(|arm| expression_diverges(&arm.body)),
        _ => false,
    }
}
