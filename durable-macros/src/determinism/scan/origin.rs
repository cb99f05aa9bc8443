//! Where a value comes from, as far as its type may follow from it.

use std::sync::Arc;

use syn::{Expr, Path};

use super::super::facts::{Origin, TypeUse};
use super::{Scanner, type_use};

impl Scanner {
    /// Where the value of this expression comes from.
    pub(super) fn origin(&self, expr: &Expr) -> Origin {
        match expr {
            Expr::Path(path) if path.qself.is_none() => match self.scope.local(&path.path) {
                Some(origin) => origin,
                None if path.path.is_ident("self") => Origin::SelfValue,
                None => self.scope.value_path(&path.path).map_or(Origin::Unknown, Origin::Path),
            },
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) if path.qself.is_none() => self.call_origin(&path.path, call.args.first()),
                _ => Origin::Unknown,
            },
            Expr::Struct(literal) => self
                .scope
                .type_path(&literal.path)
                .map_or(Origin::Unknown, |path| Origin::Typed(TypeUse::Path(path, Vec::new()))),
            Expr::MethodCall(call) => Origin::Method(Arc::new(self.origin(&call.receiver)), call.method.to_string()),
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => Origin::Field(Arc::new(self.origin(&field.base)), name.to_string()),
                syn::Member::Unnamed(index) => {
                    Origin::Field(Arc::new(self.origin(&field.base)), index.index.to_string())
                }
            },
            Expr::Reference(inner) => self.origin(&inner.expr),
            Expr::Paren(inner) => self.origin(&inner.expr),
            Expr::Group(inner) => self.origin(&inner.expr),
            Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => self.origin(&inner.expr),
            Expr::Try(inner) => Origin::Inner(Arc::new(self.origin(&inner.expr))),
            Expr::Await(inner) => Origin::Inner(Arc::new(self.origin(&inner.base))),
            Expr::Cast(cast) => Origin::Typed(type_use(&cast.ty, &self.scope)),
            _ => Origin::Unknown,
        }
    }

    /// `Box::new(x)` is as good as `x`; other calls give what the function says.
    fn call_origin(&self, path: &Path, argument: Option<&Expr>) -> Origin {
        let is_wrapper = path.segments.len() == 2
            && ["Box", "Rc", "Arc"].iter().any(|name| path.segments[0].ident == name)
            && path.segments[1].ident == "new";
        match argument {
            Some(argument) if is_wrapper => self.origin(argument),
            _ => self.scope.value_path(path).map_or(Origin::Unknown, Origin::Call),
        }
    }
}
