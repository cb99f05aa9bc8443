//! The expressions of a body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprForLoop, FieldValue, Item, Local, Pat, Stmt, Type, UnOp,
};

use super::Gate;
use super::frame::{self, Frame, Question, Tie};
use super::order::Order;
use super::scope::Origin;

/// Where an expression stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Position {
    /// Its type is known where it stands: a receiver, something iterated.
    pub(super) is_known: bool,
    /// It is awaited: the await gate looks at it.
    pub(super) is_awaited: bool,
    /// It is a statement, whose value nobody takes.
    pub(super) is_statement: bool,
    /// It may diverge, and what comes after relies on it.
    pub(super) must_diverge: bool,
    /// What becomes of the order of its elements.
    pub(super) order: Order,
}

impl Position {
    pub(super) const KNOWN: Position =
        Position { is_known: true, is_awaited: false, is_statement: false, must_diverge: false, order: Order::Matters };
}

impl Gate<'_> {
    /// Writes the probes into an expression; says where its value comes from.
    pub(super) fn expression(&mut self, e: &mut Expr, at: Position) -> Origin {
        // `#[cfg]` may remove it, and a probe would never get its type.
        if has_attributes(e) {
            return Origin::Unknown;
        }
        match e {
            Expr::MethodCall(_) => self.method_call(e, at),
            Expr::Call(_) => self.call(e, at),
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) if self.subject.is_reported(name.span()) => Origin::Reported,
                Some(name) => self.origin_of(&name.to_string()),
                None => Origin::Unknown,
            },
            Expr::Paren(inner) => self.expression(&mut inner.expr, Position { is_statement: false, ..at }),
            Expr::Group(inner) => self.expression(&mut inner.expr, Position { is_statement: false, ..at }),
            Expr::Try(inner) => {
                // Which error comes first is a question of order.
                let at = Position { is_known: false, is_statement: false, order: Order::Matters, ..at };
                self.expression(&mut inner.expr, at)
            }
            Expr::Field(field) => self.expression(&mut field.base, Position::KNOWN),
            Expr::Cast(cast) => self.expression(&mut cast.expr, Position::default()),
            Expr::Await(wait) => self.expression(&mut wait.base, Position { is_awaited: true, ..Position::KNOWN }),
            Expr::Reference(reference) => self.operand(&mut reference.expr),
            Expr::Unary(unary) => match unary.op {
                UnOp::Deref(_) => self.expression(&mut unary.expr, Position::default()),
                _ => self.operand(&mut unary.expr),
            },
            Expr::Index(index) => {
                let origin = self.expression(&mut index.expr, Position::KNOWN);
                self.expression(&mut index.index, Position::default());
                origin
            }
            Expr::Let(condition) => {
                let origin = self.expression(&mut condition.expr, Position::default());
                self.bind(&condition.pat, origin);
                Origin::Unknown
            }
            Expr::Repeat(repeat) => {
                // The length is a constant: nothing can be written around what is in it.
                self.expression(&mut repeat.expr, Position::default());
                Origin::Unknown
            }
            // Constants are evaluated by the compiler; in unsafe code `as *const _` gets its type only
            // after the probes have been asked, and L1 does not allow it.
            Expr::Const(_) | Expr::Unsafe(_) => Origin::Unknown,
            _ => {
                self.scoped(e);
                Origin::Unknown
            }
        }
    }

    /// Where the value of a local variable comes from, as far as this frame can ask for it.
    fn origin_of(&mut self, name: &str) -> Origin {
        let frame = self.frames.len() - 1;
        match self.scopes.get(name) {
            Some(binding) if binding.frame == frame || binding.origin == Origin::Reported => binding.origin,
            _ => Origin::Unknown,
        }
    }

    /// Expressions that have scopes, and those that are only the sum of their parts.
    fn scoped(&mut self, e: &mut Expr) {
        match e {
            Expr::Closure(closure) => self.closure(closure),
            Expr::Async(block) => self.async_block(block),
            Expr::ForLoop(for_loop) => self.for_loop(for_loop),
            Expr::Macro(_) => self.macro_expression(e),
            Expr::Match(matched) => {
                let origin = self.expression(&mut matched.expr, Position::default());
                for arm in &mut matched.arms {
                    self.arm(arm, origin);
                }
            }
            Expr::If(_) | Expr::While(_) => {
                self.scopes.enter();
                visit_mut::visit_expr_mut(self, e);
                self.scopes.leave();
            }
            _ => visit_mut::visit_expr_mut(self, e),
        }
    }

    /// What `&`, `-` or `!` is applied to: what is expected of the whole says little about it.
    pub(super) fn operand(&mut self, e: &mut Expr) -> Origin {
        let before = std::mem::replace(&mut self.below_reference, true);
        let origin = self.expression(e, Position::default());
        self.below_reference = before;
        origin
    }

    /// An expression of which exactly its own type is expected.
    pub(super) fn argument(&mut self, e: &mut Expr) -> Origin {
        self.argument_in(e, Order::Matters)
    }

    /// The same, of whose elements' order this becomes.
    pub(super) fn argument_in(&mut self, e: &mut Expr, order: Order) -> Origin {
        let before = std::mem::replace(&mut self.below_reference, false);
        let origin = self.expression(e, Position { order, ..Position::default() });
        self.below_reference = before;
        origin
    }

    fn closure(&mut self, closure: &mut ExprClosure) {
        if closure.asyncness.is_some() {
            return;
        }
        self.frames.push(Frame::default());
        self.scopes.enter();
        let origin = std::mem::replace(&mut self.closure_parameters, Origin::Unknown);
        for input in &closure.inputs {
            self.bind(input, origin);
        }
        self.argument(&mut closure.body);
        self.scopes.leave();
        let diverges = frame::expression_diverges(&closure.body);
        if let Some(frame) = self.frames.pop().filter(|f| !f.is_empty()) {
            *closure.body = block(frame.around(&closure.body.to_token_stream(), diverges), &closure.body);
        }
    }

    fn async_block(&mut self, block: &mut ExprAsync) {
        self.frames.push(Frame::default());
        let before = std::mem::replace(&mut self.below_reference, false);
        self.visit_block_mut(&mut block.block);
        self.below_reference = before;
        if let Some(frame) = self.frames.pop().filter(|f| !f.is_empty()) {
            let body = frame.around(&block.block.to_token_stream(), frame::diverges(&block.block));
            block.block.stmts = vec![Stmt::Expr(Expr::Verbatim(body), None)];
        }
    }

    fn for_loop(&mut self, for_loop: &mut ExprForLoop) {
        let at = frame::ends(&for_loop.expr.to_token_stream()).0;
        let origin = self.expression(&mut for_loop.expr, Position::KNOWN);
        if !matches!(&*for_loop.expr, Expr::Range(_) | Expr::Array(_) | Expr::Macro(_) | Expr::Lit(_)) {
            self.tie(&mut for_loop.expr, Question::Iteration, at, origin, Tie::Expecting);
        }
        self.scopes.enter();
        self.bind(&for_loop.pat, Origin::Unknown);
        self.visit_block_mut(&mut for_loop.body);
        self.scopes.leave();
    }

    fn arm(&mut self, arm: &mut Arm, origin: Origin) {
        if !arm.attrs.is_empty() {
            return;
        }
        self.scopes.enter();
        self.bind(&arm.pat, origin);
        visit_mut::visit_arm_mut(self, arm);
        self.scopes.leave();
    }

    pub(super) fn bind(&mut self, pattern: &Pat, origin: Origin) {
        self.scopes.bind(pattern, self.frames.len() - 1, origin);
    }

    /// Sends a value through a probe.
    pub(super) fn tie(&mut self, e: &mut Expr, question: Question, at: Span, origin: Origin, how: Tie) -> Origin {
        if origin == Origin::Reported || self.subject.is_reported(at) {
            return Origin::Reported;
        }
        let variable = self.variable(at);
        let Some(frame) = self.frames.last_mut() else { return origin };
        let probe = frame.ask(variable.clone(), question, at, origin.probe());
        *e = Expr::Verbatim(frame::tie(how, &e.to_token_stream(), &variable));
        Origin::Probe(probe)
    }

    /// Looks at a place without moving it; gives what is to be written before it is used.
    pub(super) fn tie_place(
        &mut self,
        place: &Expr,
        question: Question,
        at: Span,
        origin: Origin,
    ) -> (Origin, TokenStream) {
        if origin == Origin::Reported || self.subject.is_reported(at) {
            return (Origin::Reported, TokenStream::new());
        }
        let variable = self.variable(at);
        let Some(frame) = self.frames.last_mut() else { return (origin, TokenStream::new()) };
        let probe = frame.ask(variable.clone(), question, at, origin.probe());
        (Origin::Probe(probe), frame::place(&place.to_token_stream(), &variable))
    }

    /// Writes the looks at places before the expression that uses them.
    pub(super) fn put_before(&mut self, e: &mut Expr, places: &TokenStream, at: Position) {
        if places.is_empty() {
            return;
        }
        let (first, _) = frame::ends(&e.to_token_stream());
        let places = quote_spanned!(frame::located(first)=> { #places });
        let how = if at.is_statement || !self.below_reference { Tie::Expecting } else { Tie::Lone };
        *e = Expr::Verbatim(frame::after(how, &places, &e.to_token_stream()));
    }

    fn variable(&mut self, at: Span) -> Ident {
        self.probes += 1;
        format_ident!("__durable_probe_{}", self.probes, span = frame::located(at))
    }
}

impl VisitMut for Gate<'_> {
    fn visit_expr_mut(&mut self, e: &mut Expr) {
        self.expression(e, Position::default());
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.scopes.enter();
        for mut statement in std::mem::take(&mut block.stmts) {
            match &mut statement {
                Stmt::Expr(e, semicolon) => {
                    self.expression(e, Position { is_statement: semicolon.is_some(), ..Position::default() });
                }
                Stmt::Local(local) => self.visit_local_mut(local),
                Stmt::Macro(mac) => block.stmts.extend(self.macro_statement(mac)),
                Stmt::Item(_) => {}
            }
            block.stmts.push(statement);
        }
        self.scopes.leave();
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if !local.attrs.is_empty() {
            return self.bind(&local.pat, Origin::Unknown);
        }
        let mut origin = Origin::Unknown;
        if let Some(init) = &mut local.init {
            let order = match &local.pat {
                Pat::Type(typed) => Order::of_type(&typed.ty),
                _ => Order::Matters,
            };
            origin = self.argument_in(&mut init.expr, order);
            if let Some((_, diverging)) = &mut init.diverge {
                self.diverging(diverging);
            }
        }
        self.bind(&local.pat, origin);
        let is_asked_closure =
            |init: &syn::LocalInit| matches!(&*init.expr, Expr::Closure(c) if matches!(&*c.body, Expr::Verbatim(_)));
        if let (Pat::Ident(name), true) = (&local.pat, local.init.as_ref().is_some_and(is_asked_closure))
            && let Some(binding) = self.scopes.get(&name.ident.to_string())
        {
            binding.is_asked_closure = true;
        }
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        if field.attrs.is_empty() {
            visit_mut::visit_field_value_mut(self, field);
        }
    }

    // None of these is an expression of the body.
    fn visit_item_mut(&mut self, _: &mut Item) {}
    fn visit_type_mut(&mut self, _: &mut Type) {}
    fn visit_pat_mut(&mut self, _: &mut Pat) {}
}

impl Gate<'_> {
    /// The block after `else` of a `let`: a call at its end may be what diverges, and a value that
    /// goes through a probe does not.
    fn diverging(&mut self, e: &mut Expr) {
        let Expr::Block(block) = e else { return };
        let last = block.block.stmts.pop();
        self.visit_block_mut(&mut block.block);
        block.block.stmts.extend(last.map(|mut last| {
            if let Stmt::Expr(e, _) = &mut last {
                self.expression(e, Position { must_diverge: true, ..Position::default() });
            }
            last
        }));
    }
}

/// A block of these tokens at the place of an expression.
fn block(tokens: TokenStream, at: &Expr) -> Expr {
    let span = frame::located(frame::ends(&at.to_token_stream()).0);
    Expr::Verbatim(quote_spanned!(span=> { #tokens }))
}

fn has_attributes(e: &Expr) -> bool {
    let attributes: &Vec<Attribute> = match e {
        Expr::Array(e) => &e.attrs,
        Expr::Assign(e) => &e.attrs,
        Expr::Async(e) => &e.attrs,
        Expr::Await(e) => &e.attrs,
        Expr::Binary(e) => &e.attrs,
        Expr::Block(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::Closure(e) => &e.attrs,
        Expr::ForLoop(e) => &e.attrs,
        Expr::If(e) => &e.attrs,
        Expr::Loop(e) => &e.attrs,
        Expr::Macro(e) => &e.attrs,
        Expr::Match(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Path(e) => &e.attrs,
        Expr::Reference(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        Expr::Struct(e) => &e.attrs,
        Expr::Try(e) => &e.attrs,
        Expr::Tuple(e) => &e.attrs,
        Expr::Unary(e) => &e.attrs,
        Expr::Unsafe(e) => &e.attrs,
        Expr::While(e) => &e.attrs,
        _ => return false,
    };
    !attributes.is_empty()
}
