//! Calls of methods and of functions.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Token};

use super::Gate;
use super::frame::{self, Question, Tie};
use super::names;
use super::order::{self, Order};
use super::scope::{Binding, Origin};
use super::walk::Position;

type Arguments = Punctuated<Expr, Token![,]>;

impl Gate<'_> {
    pub(super) fn method_call(&mut self, e: &mut Expr, at: Position) -> Origin {
        let Expr::MethodCall(call) = e else { return Origin::Unknown };
        let (name, span) = (call.method.to_string(), call.method.span());
        let is_of_context = self.is_context(&call.receiver);
        if is_of_context && name == "side_effect" {
            // Free: what it gives is recorded.
            return Origin::Unknown;
        }
        let mut places = TokenStream::new();
        let is_source = order::is_source(&name, call.args.len(), at.order);
        let order = self.order_of_receiver(call, at.order);
        let mut origin =
            self.expression(&mut call.receiver, Position { is_awaited: at.is_awaited, order, ..Position::KNOWN });
        // An awaited chain is looked at by the await gate.
        if !is_of_context && !at.is_awaited {
            // Instead of what it gives, which may be a hash table's iterator.
            let question = names::receiver(&name).or(is_source.then_some(Question::Handle));
            origin = self.receiver(&mut call.receiver, question, span, origin, &mut places);
        }
        if name.starts_with("with") && is_place(&call.receiver) && !self.is_local(&call.receiver) {
            // `KEY.with(|value| ..)`: the key is what is wrong.
            self.closure_parameters = Origin::Reported;
        }
        if is_of_context && names::is_recorded(&name) {
            if self.is_outermost() {
                self.recorded(&call.args, &mut places);
            }
            for argument in &mut call.args {
                // An invocation, as nothing else fits.
                self.expression(argument, Position { is_awaited: true, ..Position::default() });
            }
        } else {
            let question = if is_of_context || is_source { None } else { names::arguments(&name) };
            self.arguments(&mut call.args, question, &mut places);
        }
        self.closure_parameters = Origin::Unknown;
        let wanted = names::method_result(&name, !call.args.is_empty()).filter(|_| !is_of_context && !is_source);
        let how = self.how(&call.args, at);
        self.put_before(e, &places, at);
        self.result(e, wanted, span, origin, how, at)
    }

    /// Asks the receiver what the method's name suggests.
    fn receiver(
        &mut self,
        receiver: &mut Expr,
        question: Option<Question>,
        at: Span,
        origin: Origin,
        places: &mut TokenStream,
    ) -> Origin {
        if !is_place(receiver) {
            return match question {
                // A call's result has been asked for being a handle.
                None | Some(Question::Handle) => origin,
                Some(_) if matches!(receiver, Expr::Lit(_) | Expr::Macro(_) | Expr::Closure(_)) => origin,
                Some(question) => self.tie(receiver, question, at, origin, Tie::Expecting),
            };
        }
        let is_local = self.is_local(receiver);
        if !is_local && !is_constant(receiver) {
            // A function, for all that can be told: `any.or(..)`.
            return origin;
        }
        let question = match question {
            // A static: whatever the method.
            None if !is_local => Question::Handle,
            None => return origin,
            Some(question) => question,
        };
        // What came from a probe was asked there, and what was asked once is not asked again.
        if question == Question::Handle && is_local && (origin.probe().is_some() || self.was_asked(receiver)) {
            return origin;
        }
        let at = if is_local { at } else { frame::ends(&receiver.to_token_stream()).1 };
        let (origin, place) = self.tie_place(receiver, question, at, origin);
        places.extend(place);
        if question == Question::Handle {
            self.remember(receiver, origin);
        }
        origin
    }

    pub(super) fn call(&mut self, e: &mut Expr, at: Position) -> Origin {
        let Expr::Call(call) = e else { return Origin::Unknown };
        let mut places = TokenStream::new();
        let Expr::Path(path) = &*call.func else {
            self.expression(&mut call.func, Position::KNOWN);
            self.arguments(&mut call.args, None, &mut places);
            return Origin::Unknown;
        };
        let Some(last) = path.path.segments.last() else { return Origin::Unknown };
        let (name, span, segments) = (last.ident.to_string(), last.ident.span(), path.path.segments.len());
        let is_own = last.ident == *self.subject.name;
        let is_durable = segments > 1 && path.path.segments.first().is_some_and(|s| s.ident == "durable");
        let mut origin = Origin::Unknown;
        if segments > 1
            && let Some(question) = names::receiver(&name)
        {
            // `Path::exists(&path)`: the receiver is the first argument.
            origin = self.first_argument(&call.args, question, span, &mut places);
        }
        let from = match Order::of_from_iter(&path.path) {
            Order::Matters => self.arguments(&mut call.args, names::arguments(&name), &mut places),
            order => self.unordered_arguments(&mut call.args, order, &mut places),
        };
        if origin == Origin::Unknown {
            origin = from;
        }
        // A closure that was asked, or a function pointer that another layer does not allow.
        let is_settled = |b: &mut Binding| b.is_asked_closure || b.origin == Origin::Reported;
        let is_settled = segments == 1 && self.scopes.get(&name).is_some_and(is_settled);
        let wanted =
            names::function_result(&name, !call.args.is_empty()).filter(|_| !is_own && !is_durable && !is_settled);
        // In a closure the type of a result is known if it does not follow from anything else.
        let is_known = at.is_known || (call.args.is_empty() && !names::has_generic_result(&name));
        let how = self.how(&call.args, at);
        self.put_before(e, &places, at);
        self.result(e, wanted, span, origin, how, Position { is_known, ..at })
    }

    /// Asks the result of a call.
    fn result(
        &mut self,
        e: &mut Expr,
        question: Option<Question>,
        span: Span,
        origin: Origin,
        how: Tie,
        at: Position,
    ) -> Origin {
        if self.subject.is_reported(span) {
            return Origin::Reported;
        }
        let question = question.map(|q| if self.is_outermost() { q } else { Question::Handle });
        match question {
            Some(question) if !at.is_awaited && !at.must_diverge && (at.is_known || self.is_outermost()) => {
                self.tie(e, question, span, origin, how)
            }
            _ => origin,
        }
    }

    /// How the result goes through its probe.
    fn how(&self, arguments: &Arguments, at: Position) -> Tie {
        if at.is_statement {
            Tie::Statement
        } else if self.below_reference {
            Tie::Lone
        } else if at.is_known || arguments.iter().any(follows_from_expectation) {
            Tie::Expecting
        } else {
            Tie::Lone
        }
    }

    /// The arguments; says where the value of the only one comes from.
    fn arguments(&mut self, arguments: &mut Arguments, question: Option<Question>, places: &mut TokenStream) -> Origin {
        let is_only = arguments.len() == 1;
        let mut only = Origin::Unknown;
        for argument in arguments.iter_mut() {
            let mut origin = self.argument(argument);
            if let Some(question) = question {
                origin = self.given(argument, question, origin, places);
            }
            if is_only {
                only = origin;
            }
        }
        only
    }

    /// The same where the order of their elements is lost.
    fn unordered_arguments(&mut self, arguments: &mut Arguments, order: Order, places: &mut TokenStream) -> Origin {
        let mut only = Origin::Unknown;
        for argument in arguments {
            only = self.argument_in(argument, order);
            if is_place(without_reference(argument)) {
                only = self.given(argument, Question::Handle, only, places);
            }
        }
        only
    }

    /// Asks what a function is given.
    fn given(&mut self, e: &mut Expr, question: Question, origin: Origin, places: &mut TokenStream) -> Origin {
        // Inside closures its type may follow from what comes later.
        if !self.is_outermost() {
            return origin;
        }
        let at = frame::ends(&e.to_token_stream()).1;
        let place = without_reference(e);
        if is_place(place) {
            let (origin, place) = self.tie_place(place, question, at, origin);
            places.extend(place);
            return origin;
        }
        match e {
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Verbatim(_) | Expr::Try(_) | Expr::Await(_) => {
                self.tie(e, question, at, origin, Tie::Expecting)
            }
            _ => origin,
        }
    }

    /// Asks the first argument as if it were the receiver.
    fn first_argument(
        &mut self,
        arguments: &Arguments,
        question: Question,
        at: Span,
        places: &mut TokenStream,
    ) -> Origin {
        let Some(place) = arguments.first().map(without_reference).filter(|p| is_place(p)) else {
            return Origin::Unknown;
        };
        if !self.is_outermost() {
            return Origin::Unknown;
        }
        let (origin, place) = self.tie_place(place, question, at, Origin::Unknown);
        places.extend(place);
        origin
    }

    /// What the context is given is recorded: arguments of activities, payloads.
    fn recorded(&mut self, arguments: &Arguments, places: &mut TokenStream) {
        for argument in arguments {
            let mut e = argument;
            // `work(map).timeout(..)`
            while let Expr::MethodCall(builder) = e {
                e = &builder.receiver;
            }
            let given: Vec<&Expr> = match e {
                Expr::Call(call) => call.args.iter().collect(),
                e => vec![e],
            };
            for e in given.into_iter().map(without_reference).filter(|e| is_place(e)) {
                let (_, place) = self.tie_place(e, Question::Contents, e.span(), Origin::Unknown);
                places.extend(place);
            }
        }
    }

    /// Whether a place belongs to this body: if not, it is a static or a constant.
    fn is_local(&mut self, place: &Expr) -> bool {
        match place {
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => name == "self" || self.scopes.get(&name.to_string()).is_some(),
                None => false,
            },
            Expr::Field(field) => self.is_local(&field.base),
            Expr::Index(index) => self.is_local(&index.expr),
            Expr::Unary(unary) => self.is_local(&unary.expr),
            Expr::Paren(inner) => self.is_local(&inner.expr),
            _ => true,
        }
    }

    /// Whether a local variable was asked before; from now on it was.
    fn was_asked(&mut self, place: &Expr) -> bool {
        let Expr::Path(path) = place else { return false };
        let Some(binding) = path.path.get_ident().and_then(|name| self.scopes.get(&name.to_string())) else {
            return false;
        };
        std::mem::replace(&mut binding.is_asked, true)
    }

    /// What comes of an asked variable later was answered for when it was asked.
    fn remember(&mut self, place: &Expr, origin: Origin) {
        let frame = self.frames.len() - 1;
        let Expr::Path(path) = place else { return };
        if let Some(binding) = path.path.get_ident().and_then(|name| self.scopes.get(&name.to_string()))
            && binding.frame == frame
        {
            binding.origin = origin;
        }
    }

    fn is_context(&self, e: &Expr) -> bool {
        match (e, &self.subject.context) {
            (Expr::Path(path), Some(context)) => path.path.is_ident(context),
            _ => false,
        }
    }
}

/// Whether it can be looked at where it stands, and looking does nothing.
pub(super) fn is_place(e: &Expr) -> bool {
    match e {
        Expr::Path(path) => path.qself.is_none() && path.path.segments.iter().all(|s| s.arguments.is_empty()),
        Expr::Field(field) => is_place(&field.base),
        Expr::Index(index) => is_place(&index.expr) && matches!(&*index.index, Expr::Lit(_) | Expr::Path(_)),
        Expr::Unary(unary) => matches!(unary.op, syn::UnOp::Deref(_)) && is_place(&unary.expr),
        Expr::Paren(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// `COUNTER`, `state::COUNTER`: by the naming convention a static or a constant. (Others L1f finds.)
fn is_constant(place: &Expr) -> bool {
    let Expr::Path(path) = place else { return true };
    path.path.segments.last().is_some_and(|last| !last.ident.to_string().contains(char::is_lowercase))
}

pub(super) fn without_reference(e: &Expr) -> &Expr {
    match e {
        Expr::Reference(reference) => without_reference(&reference.expr),
        Expr::Paren(inner) => without_reference(&inner.expr),
        e => e,
    }
}

/// Whether what is expected of a call may decide what this argument is coerced to.
fn follows_from_expectation(e: &Expr) -> bool {
    !matches!(e, Expr::Lit(_))
}
