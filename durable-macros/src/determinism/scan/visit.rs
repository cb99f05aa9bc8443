//! The walk itself, statement by statement.

use std::sync::Arc;

use syn::visit::{self, Visit};
use syn::{
    Attribute, Block, Expr, ExprCast, ExprClosure, ExprMethodCall, ExprPath, ExprRawAddr, ExprUnsafe, Item, ItemFn,
    ItemImpl, ItemMacro, ItemStatic, ItemUse, Local, Macro, Pat, Stmt, Type,
};

use super::super::facts::{Fault, Origin, What};
use super::super::session::Session;
use super::{Scanner, is_lazy, is_ours, is_stateful, type_use, types};

impl<'ast> Visit<'ast> for Scanner {
    fn visit_block(&mut self, block: &'ast Block) {
        self.scoped(|scanner| {
            scanner.scope.declare_all(block);
            visit::visit_block(scanner, block);
        });
    }

    fn visit_local(&mut self, local: &'ast Local) {
        let mut origin = Origin::Unknown;
        if let Some(init) = &local.init {
            origin = self.origin(&init.expr);
            self.visit_expr(&init.expr);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        if let Pat::Type(typed) = &local.pat {
            self.visit_type(&typed.ty);
        }
        self.bind(&local.pat, origin);
    }

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        let is_out = Session::current().is_some_and(|session| session.excludes(attributes(stmt)));
        if !is_out {
            visit::visit_stmt(self, stmt);
        }
    }

    fn visit_type(&mut self, ty: &'ast Type) {
        if let Type::Path(path) = ty
            && let Some(used) = self.scope.type_path(&path.path)
        {
            self.push(What::Type(used), path);
        }
        visit::visit_type(self, ty);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.scoped(|scanner| {
            scanner.scope.bind_all(&arm.pat);
            visit::visit_arm(scanner, arm);
        });
    }

    /// Paths in patterns run nothing; `pattern if condition` does.
    fn visit_pat(&mut self, pat: &'ast Pat) {
        match pat {
            Pat::Guard(guarded) => self.visit_expr(&guarded.guard),
            Pat::Paren(inner) => self.visit_pat(&inner.pat),
            Pat::Or(cases) => cases.cases.iter().for_each(|case| self.visit_pat(case)),
            _ => {}
        }
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        self.scoped(|scanner| {
            scanner.visit_expr(&expr.cond);
            scanner.visit_block(&expr.then_branch);
        });
        if let Some((_, otherwise)) = &expr.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        self.scoped(|scanner| {
            scanner.visit_expr(&expr.cond);
            scanner.visit_block(&expr.body);
        });
    }

    /// In conditions: `if let Some(x) = y && x.f()`.
    fn visit_expr_let(&mut self, expr: &'ast syn::ExprLet) {
        self.visit_expr(&expr.expr);
        self.scope.bind_all(&expr.pat);
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.visit_expr(&expr.expr);
        self.scoped(|scanner| {
            scanner.scope.bind_all(&expr.pat);
            scanner.visit_block(&expr.body);
        });
    }

    fn visit_expr_closure(&mut self, closure: &'ast ExprClosure) {
        if let Some(keyword) = &closure.asyncness {
            self.fault(Fault::AsyncClosure, keyword);
        }
        self.scoped(|scanner| {
            for input in &closure.inputs {
                scanner.bind(input, Origin::Unknown);
            }
            scanner.visit_expr(&closure.body);
        });
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        match &path.qself {
            None => {
                self.value(&path.path, path);
                // Its generic arguments.
                visit::visit_path(self, &path.path);
            }
            Some(qself) => {
                let Some(name) = path.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
                // `<T as a::Trait>::name`: the trait is what stands before the `>`.
                let of = (qself.position > 0).then(|| {
                    let segments = path.path.segments.iter().take(qself.position);
                    self.scope.resolve_type(segments.map(|s| s.ident.to_string()).collect(), false)
                });
                self.push(What::Associated(type_use(&qself.ty, &self.scope), of.flatten(), name), path);
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let receiver = self.origin(&call.receiver);
        self.push(What::Method(Arc::new(receiver), call.method.to_string()), &call.method);
        // What runs in the closure of `ctx.side_effect(..)` is recorded.
        if call.method != "side_effect" {
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        }
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast ExprUnsafe) {
        self.fault(Fault::UnsafeBlock, expr.unsafe_token);
        let outer = (self.in_unsafe, self.below_unsafe);
        (self.in_unsafe, self.below_unsafe) = (true, true);
        self.visit_block(&expr.block);
        (self.in_unsafe, self.below_unsafe) = outer;
    }

    fn visit_expr_cast(&mut self, cast: &'ast ExprCast) {
        if matches!(*cast.ty, Type::Ptr(_)) {
            self.fault(Fault::PointerCast, cast);
            // `&x as *const T as *const u8` is one mistake.
            let outer = std::mem::replace(&mut self.in_unsafe, true);
            self.visit_expr(&cast.expr);
            self.in_unsafe = outer;
            return;
        }
        match &*cast.expr {
            Expr::Path(path) if path.qself.is_none() => {
                if let Some(used) = self.scope.value_path(&path.path) {
                    self.push(What::Cast(used.clone()), cast);
                    self.push(What::Value(used), path);
                }
            }
            inner => self.visit_expr(inner),
        }
    }

    fn visit_expr_raw_addr(&mut self, expr: &'ast ExprRawAddr) {
        self.fault(Fault::RawAddress, expr);
        self.visit_expr(&expr.expr);
    }

    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        if matches!(item.mutability, syn::StaticMutability::Mut(_)) {
            self.fault(Fault::StaticMut(item.ident.to_string()), &item.ident);
        } else if types::names_in(&item.ty).iter().any(|name| is_stateful(name)) {
            let ty = crate::diagnostics::written(&item.ty);
            self.fault(Fault::StatefulStatic(item.ident.to_string(), ty), &item.ident);
        } else if types::names_in(&item.ty).iter().any(|name| is_lazy(name)) {
            self.initializer(&item.expr);
        }
    }

    /// An item of its own: it sees no locals, and what carries an attribute of ours is checked there.
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_ours(&item.attrs) {
            self.nested_fn(&item.sig, &item.block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_ours(&item.attrs) {
            self.nested_fn(&item.sig, &item.block);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.nested_fn(&item.sig, block);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.scoped(|scanner| {
            scanner.scope.declare_generics(&item.generics);
            item.items.iter().for_each(|item| scanner.visit_impl_item(item));
        });
    }

    fn visit_item_foreign_mod(&mut self, item: &'ast syn::ItemForeignMod) {
        self.fault(Fault::ForeignFunctions, item.abi.extern_token);
    }

    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        if item.ident.is_some() {
            self.tokens(item.mac.tokens.clone());
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.macro_call(mac);
    }

    // No code that runs here.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_item_use(&mut self, _: &'ast ItemUse) {}
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}

/// The attributes of a statement, as far as it can be left out.
fn attributes(stmt: &Stmt) -> &[Attribute] {
    match stmt {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(mac) => &mac.attrs,
        Stmt::Item(Item::Fn(item)) => &item.attrs,
        Stmt::Item(Item::Static(item)) => &item.attrs,
        Stmt::Item(Item::Impl(item)) => &item.attrs,
        Stmt::Item(Item::Macro(item)) => &item.attrs,
        Stmt::Expr(expr, _) => match expr {
            Expr::Block(e) => &e.attrs,
            Expr::Call(e) => &e.attrs,
            Expr::MethodCall(e) => &e.attrs,
            Expr::Macro(e) => &e.attrs,
            Expr::If(e) => &e.attrs,
            Expr::Match(e) => &e.attrs,
            Expr::ForLoop(e) => &e.attrs,
            Expr::While(e) => &e.attrs,
            Expr::Loop(e) => &e.attrs,
            Expr::Assign(e) => &e.attrs,
            Expr::Return(e) => &e.attrs,
            Expr::Await(e) => &e.attrs,
            Expr::Try(e) => &e.attrs,
            _ => &[],
        },
        Stmt::Item(_) => &[],
    }
}
