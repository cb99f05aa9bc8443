//! Chains in which the order of a hash table is lost again at once: `m.keys().collect::<BTreeSet<_>>()`,
//! `m.values().any(..)`. What begins them needs no look.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, ExprClosure, ExprMethodCall, GenericArgument, Pat, Path, Stmt, Token, Type};

use super::Gate;

/// What becomes of the order in which an expression gives its elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// It may be seen.
    #[default]
    Matters,
    /// It is lost, unless two elements have the same key: of those the last one stays.
    LostByKey,
    /// It is lost in a collection.
    Lost,
    /// It is lost in one answer about all elements.
    Asked,
}

/// Methods that give the elements of a hash table.
const SOURCES: &[&str] = &["into_iter", "into_keys", "into_values", "iter", "keys", "values"];

/// The same of two sets.
const SET_SOURCES: &[&str] = &["difference", "intersection", "symmetric_difference", "union"];

const INTEGERS: &[&str] = &["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

/// Methods that do nothing to their receiver.
const LOOKS: &[&str] = &[
    "as_str",
    "clone",
    "contains",
    "contains_key",
    "copied",
    "ends_with",
    "eq",
    "get",
    "is_empty",
    "is_none",
    "is_some",
    "iter",
    "keys",
    "len",
    "ne",
    "starts_with",
    "values",
];

/// Methods that make the same key of another type.
const SAME_KEY: &[&str] = &["clone", "copied", "to_owned", "to_string"];

impl Order {
    /// Of what is collected into this type.
    pub(super) fn of_type(ty: &Type) -> Self {
        match ty {
            Type::Path(path) if path.qself.is_none() => Self::of_name(&path.path, 0),
            _ => Order::Matters,
        }
    }

    /// Of what is given to `BTreeMap::from_iter`.
    pub(super) fn of_from_iter(function: &Path) -> Self {
        let is_from_iter = function.segments.last().is_some_and(|last| last.ident == "from_iter");
        if is_from_iter { Self::of_name(function, 1) } else { Order::Matters }
    }

    /// Of the type whose name stands so far from the end of the path. A `BinaryHeap` shows, when it
    /// is not popped, in which order it was filled.
    fn of_name(path: &Path, from_end: usize) -> Self {
        let Some(segment) = path.segments.iter().rev().nth(from_end) else { return Order::Matters };
        match &*segment.ident.to_string() {
            "BTreeSet" | "HashSet" => Order::Lost,
            "BTreeMap" | "HashMap" => Order::LostByKey,
            _ => Order::Matters,
        }
    }
}

impl Gate<'_> {
    /// What becomes of the order of a method's receiver, if `outer` becomes of that of its result.
    pub(super) fn order_of_receiver(&mut self, call: &ExprMethodCall, outer: Order) -> Order {
        let turbofish = call.turbofish.as_ref().and_then(|turbofish| match turbofish.args.first() {
            Some(GenericArgument::Type(Type::Infer(_))) | None => None,
            Some(GenericArgument::Type(ty)) => Some(ty),
            Some(_) => None,
        });
        let arguments = call.args.len();
        match (&*call.method.to_string(), arguments) {
            ("collect", 0) => turbofish.map_or(outer, Order::of_type),
            ("sum", 0) => match turbofish {
                Some(Type::Path(ty)) if INTEGERS.iter().any(|name| ty.path.is_ident(name)) => Order::Asked,
                _ => Order::Matters,
            },
            // Not `min` and `max`: of equal elements they give one.
            ("count" | "len", 0) => Order::Asked,
            ("all" | "any", 1) if self.is_pure(&call.args[0]) => Order::Asked,
            ("cloned" | "copied", 0) => outer,
            ("filter", 1) if self.is_pure(&call.args[0]) => outer,
            ("map", 1) if outer == Order::LostByKey && !keeps_key(&call.args[0]) => Order::Matters,
            ("map", 1) if self.is_pure(&call.args[0]) => outer,
            ("filter_map" | "flat_map", 1) if outer != Order::LostByKey && self.is_pure(&call.args[0]) => outer,
            _ => Order::Matters,
        }
    }

    /// Whether the function may be called with the elements in any order: it changes nothing.
    fn is_pure(&mut self, function: &Expr) -> bool {
        match function {
            Expr::Closure(closure) => {
                let mut look = Purity { gate: self, own: HashSet::new(), is_pure: true };
                look.visit_expr_closure(closure);
                look.is_pure
            }
            Expr::Path(path) => path.path.get_ident().is_none_or(|name| self.scopes.get(&name.to_string()).is_none()),
            _ => false,
        }
    }
}

/// Whether the method gives the elements of its receiver.
pub(super) fn is_source(method: &str, arguments: usize, order: Order) -> bool {
    match order {
        Order::Matters => false,
        // Of other elements than those of a map the keys may be the same.
        Order::LostByKey => arguments == 0 && matches!(method, "iter" | "into_iter"),
        // What takes the table to pieces is for what keeps them.
        Order::Asked if method.starts_with("into_") => false,
        Order::Lost | Order::Asked => {
            arguments == 0 && SOURCES.contains(&method) || arguments == 1 && SET_SOURCES.contains(&method)
        }
    }
}

/// `|(k, v)| (k.clone(), f(v))`
fn keeps_key(function: &Expr) -> bool {
    fn name(pat: &Pat) -> Option<&syn::Ident> {
        match pat {
            Pat::Ident(name) => Some(&name.ident),
            Pat::Reference(inner) => name(&inner.pat),
            Pat::Paren(inner) => name(&inner.pat),
            _ => None,
        }
    }
    fn is_key(e: &Expr, key: &syn::Ident) -> bool {
        match e {
            Expr::Path(path) => path.path.is_ident(key),
            Expr::Paren(inner) => is_key(&inner.expr, key),
            Expr::Reference(inner) => is_key(&inner.expr, key),
            Expr::Unary(inner) => matches!(inner.op, syn::UnOp::Deref(_)) && is_key(&inner.expr, key),
            Expr::MethodCall(call) => {
                call.args.is_empty() && SAME_KEY.iter().any(|name| call.method == name) && is_key(&call.receiver, key)
            }
            _ => false,
        }
    }
    let Expr::Closure(closure) = function else { return false };
    let Some(Pat::Tuple(parameter)) = closure.inputs.first() else { return false };
    let Some(key) = parameter.elems.first().and_then(name) else { return false };
    let body = match &*closure.body {
        Expr::Block(block) => match &*block.block.stmts {
            [Stmt::Expr(e, None)] => e,
            _ => return false,
        },
        e => e,
    };
    matches!(body, Expr::Tuple(pair) if pair.elems.len() == 2 && is_key(&pair.elems[0], key))
}

/// Looks for what a closure could do to the world around it.
struct Purity<'g, 'a> {
    gate: &'g mut Gate<'a>,
    /// Names that the closure binds itself.
    own: HashSet<String>,
    is_pure: bool,
}

impl Purity<'_, '_> {
    /// A local variable around the closure.
    fn is_captured(&mut self, e: &Expr) -> bool {
        let Expr::Path(path) = e else { return false };
        let Some(name) = path.path.get_ident().map(ToString::to_string) else { return false };
        !self.own.contains(&name) && (name == "self" || self.gate.scopes.get(&name).is_some())
    }

    /// Whether a captured variable is the base of a place.
    fn is_rooted_outside(&mut self, e: &Expr) -> bool {
        match e {
            Expr::Field(field) => self.is_rooted_outside(&field.base),
            Expr::Index(index) => self.is_rooted_outside(&index.expr),
            Expr::Unary(unary) => self.is_rooted_outside(&unary.expr),
            Expr::Paren(inner) => self.is_rooted_outside(&inner.expr),
            Expr::Reference(inner) => self.is_rooted_outside(&inner.expr),
            e => self.is_captured(e),
        }
    }

    /// What is handed on may be a `&mut`.
    fn hands_on(&mut self, arguments: &Punctuated<Expr, Token![,]>) -> bool {
        arguments.iter().any(|e| !matches!(e, Expr::Reference(_)) && self.is_rooted_outside(e))
    }

    fn impure(&mut self) {
        self.is_pure = false;
    }
}

impl<'ast> Visit<'ast> for Purity<'_, '_> {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.own.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        if closure.asyncness.is_some() {
            self.impure();
        }
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr(&mut self, e: &'ast Expr) {
        let is_impure = match e {
            Expr::Assign(_) | Expr::Async(_) | Expr::Await(_) | Expr::Unsafe(_) | Expr::Verbatim(_) => true,
            Expr::Binary(binary) => is_assignment(&binary.op),
            Expr::Reference(reference) => reference.mutability.is_some(),
            Expr::Path(path) => path
                .path
                .get_ident()
                .is_some_and(|name| self.gate.subject.context.as_ref().is_some_and(|context| name == context)),
            Expr::MethodCall(call) => {
                let is_look = LOOKS.iter().any(|name| call.method == name);
                self.hands_on(&call.args) || !is_look && self.is_rooted_outside(&call.receiver)
            }
            Expr::Call(call) => self.is_captured(&call.func) || self.hands_on(&call.args),
            _ => false,
        };
        if is_impure {
            self.impure();
        } else {
            visit::visit_expr(self, e);
        }
    }

    /// Of macros only `matches!` is known to be harmless.
    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let parser = |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
        match parser.parse2(mac.tokens.clone()) {
            Ok((matched, rest))
                if mac.path.is_ident("matches") && !rest.to_string().split(' ').any(|token| token == "if") =>
            {
                let mut inner = Purity { gate: self.gate, own: self.own.clone(), is_pure: true };
                inner.visit_expr(&matched);
                self.is_pure &= inner.is_pure;
            }
            _ => self.impure(),
        }
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}
