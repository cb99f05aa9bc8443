//! Layer L2b, the value gate: clocks, hash tables' order, handles and the like, caught by type.
//!
//! A body `{ .. e .. }` becomes
//!
//! ```text
//! {
//!     let (mut probe,);
//!     return { .. tie(e, { probe = Ty::new(); probe }) .. };
//!     { (&probe).__durable_value().__durable_allow(); }
//! }
//! ```
//!
//! so that `probe` has the type of `e`, and is asked after the last line: by then inference knows
//! every type, and since no control flow reaches it the borrow checker has nothing to say and nothing
//! runs. `durable_core::macro_support` has the other half: the questions and their answers.
//!
//! - `frame`: the probes of one body, closure or async block, and the code around it
//! - `scope`: the local variables, and where their values came from
//! - `names`: which methods and functions are asked which question
//! - `order`: where the order of a hash table is lost at once
//! - `walk`: the expressions
//! - `call`: of them, calls
//! - `macros`: of them, macros whose arguments are known to be expressions

mod call;
mod frame;
mod macros;
mod names;
mod order;
mod scope;
mod walk;

use std::collections::BTreeSet;

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Block, PatType};

use crate::diagnostics::Errors;
use crate::editor;
use crate::legal;

use frame::Frame;
use scope::Scopes;

/// What the gate has to know of the function.
pub(crate) struct Subject<'a> {
    /// The function itself: inside it the type of its own future is not known yet.
    name: &'a syn::Ident,
    /// The context's parameter, whose methods need no check.
    context: Option<String>,
    /// All parameters.
    parameters: Vec<&'a syn::Pat>,
    /// Lines that have an error already.
    reported: BTreeSet<usize>,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(name: &'a syn::Ident, parameters: &[&'a PatType]) -> Self {
        let context = parameters.iter().find(|p| legal::is_context(&p.ty)).and_then(|p| match &*p.pat {
            syn::Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        });
        let parameters = parameters.iter().map(|p| &*p.pat).collect();
        Subject { name, context, parameters, reported: BTreeSet::new() }
    }

    /// With the errors that another layer has found: one mistake gives one error.
    pub(crate) fn reported(mut self, errors: &Errors) -> Self {
        // Outside of a compiler (in tests) there are no lines.
        if proc_macro::is_available() {
            self.reported.extend(errors.places().map(|at| at.unwrap().line()));
        }
        self
    }

    /// Whether another layer has found anything.
    pub(crate) fn has_reported(&self) -> bool {
        !self.reported.is_empty()
    }

    /// Whether another layer has said it.
    pub(crate) fn is_reported(&self, at: Span) -> bool {
        self.has_reported() && self.reported.contains(&at.unwrap().line())
    }
}

/// The body with its probes.
pub(crate) fn value_gate(body: &Group, subject: &Subject<'_>) -> Group {
    probed(body, subject).unwrap_or_else(|| body.clone())
}

/// The body with its probes, if there is anything to ask. A body that is no Rust stays as it is:
/// rustc says what is wrong with it.
pub(crate) fn probed(body: &Group, subject: &Subject<'_>) -> Option<Group> {
    if editor::expands() || cfg!(durable_without = "types") {
        return None;
    }
    let (inner_attributes, statements) = split_inner_attributes(body.stream());
    let mut bare = Group::new(body.delimiter(), statements);
    bare.set_span(body.span());
    let mut block: Block = syn::parse2(TokenTree::Group(bare).into()).ok()?;
    let mut gate = Gate::new(subject);
    gate.body(&mut block);
    if gate.probes == 0 {
        return None;
    }
    let mut tokens = inner_attributes;
    match gate.frames.pop().filter(|f| !f.is_empty()) {
        Some(frame) => tokens.extend(frame.around(&block.to_token_stream(), frame::diverges(&block))),
        None => block.stmts.iter().for_each(|statement| statement.to_tokens(&mut tokens)),
    }
    let mut probed = Group::new(body.delimiter(), tokens);
    probed.set_span(body.span());
    Some(probed)
}

/// `#![..]` comes first in a block and must stay there.
fn split_inner_attributes(body: TokenStream) -> (TokenStream, TokenStream) {
    let tokens: Vec<TokenTree> = body.into_iter().collect();
    let mut end = 0;
    while let [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(_), ..] = &tokens[end..] {
        if hash.as_char() != '#' || bang.as_char() != '!' {
            break;
        }
        end += 3;
    }
    let (attributes, statements) = tokens.split_at(end);
    (attributes.iter().cloned().collect(), statements.iter().cloned().collect())
}

/// Walks a body and writes the probes into it.
struct Gate<'a> {
    subject: &'a Subject<'a>,
    scopes: Scopes,
    /// The body, and the closures and async blocks that are being walked.
    frames: Vec<Frame>,
    /// Numbers the probes of all frames.
    probes: usize,
    /// Whether what is expected of an expression may be another type than its own.
    below_reference: bool,
    /// Where the parameters of a closure come from.
    closure_parameters: scope::Origin,
}

impl<'a> Gate<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        Gate {
            subject,
            scopes: Scopes::default(),
            frames: Vec::new(),
            probes: 0,
            below_reference: false,
            closure_parameters: scope::Origin::Unknown,
        }
    }

    fn body(&mut self, block: &mut Block) {
        self.frames.push(Frame::default());
        self.scopes.enter();
        for parameter in &self.subject.parameters {
            self.scopes.bind(parameter, 0, scope::Origin::Unknown);
        }
        syn::visit_mut::VisitMut::visit_block_mut(self, block);
        self.scopes.leave();
    }

    /// Whether types are known when the probes are asked. Those of closures and async blocks may
    /// still follow from what comes after them.
    fn is_outermost(&self) -> bool {
        self.frames.len() == 1
    }
}
