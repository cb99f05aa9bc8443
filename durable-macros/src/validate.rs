//! The rules on signatures. All faults of one function are reported at once.

use quote::ToTokens;
use syn::{Attribute, FnArg, GenericParam, Pat, PatType, Receiver, ReturnType, Signature, Type};

use crate::diagnostics::Errors;
use crate::item::FnItem;
use crate::legal;
use crate::model::{Function, Kind, Parameter};
use crate::types::{self, Fault};

/// serde reads and writes tuples of up to this many elements, and the recorded parameters are one.
const PARAMETERS_MAX: usize = 16;

/// Attributes of ours: one function has one of them.
const ATTRIBUTES: &[&str] = &["activity", "orchestrator", "helper", "entity"];

/// What is left out is left out as a whole.
const CFG: &[&str] = &["cfg"];

/// Lints and docs belong to the function that callers see.
const OUTER: &[&str] = &["doc", "deprecated", "must_use", "allow", "warn", "deny", "forbid"];

/// Lint levels hold for the body as well. (`expect` is for the body alone: it is fulfilled once.)
const BOTH: &[&str] = &["allow", "warn", "deny", "forbid"];

/// The function that was meant, if its signature is legal.
pub(crate) fn function(kind: Kind, item: &FnItem, errors: &mut Errors) -> Option<Function> {
    let mut rules = Rules { kind, legal: legal::signature(kind, &item.sig), errors: Errors::default() };
    rules.attributes(&item.attrs);
    rules.qualifiers(&item.sig);
    rules.generics(&item.sig);
    let (context, parameters) = rules.inputs(&item.sig);
    let output = rules.output(&item.sig);
    let is_legal = rules.errors.is_empty();
    errors.merge(rules.errors);
    let output = output.filter(|_| is_legal)?;
    let is = |a: &Attribute, names: &[&str]| names.iter().any(|n| a.path().is_ident(n));
    let attrs = |wanted: &dyn Fn(&Attribute) -> bool| item.attrs.iter().filter(|a| wanted(a)).cloned().collect();
    Some(Function {
        cfgs: attrs(&|a| is(a, CFG)),
        outer: attrs(&|a| is(a, OUTER)),
        inner: attrs(&|a| is(a, BOTH) || !is(a, CFG) && !is(a, OUTER)),
        vis: item.vis.clone(),
        ident: item.sig.ident.clone(),
        context,
        parameters,
        output,
        body: item.body.clone(),
    })
}

struct Rules {
    kind: Kind,
    /// The mended signature, for the messages.
    legal: String,
    errors: Errors,
}

impl Rules {
    fn reject(&mut self, at: impl ToTokens, fault: impl std::fmt::Display) {
        self.errors.push(at, legal::message(fault, &self.legal));
    }

    fn attributes(&mut self, attrs: &[Attribute]) {
        for attr in attrs {
            let name = attr.path().segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
            if ATTRIBUTES.contains(&name.as_str()) {
                let a = self.kind.attribute();
                self.reject(attr, format!("one function has one role: `#[{a}]` or `#[{name}]`, not both"));
            }
        }
    }

    fn qualifiers(&mut self, sig: &Signature) {
        let a = self.kind.a();
        if sig.asyncness.is_none() {
            let advice = match self.kind {
                Kind::Activity => "it may block for as long as it takes in `tokio::task::spawn_blocking`",
                Kind::Orchestrator => "what it waits for is recorded at each `.await`",
            };
            self.reject(sig.fn_token, format!("{a} is an `async fn`: {advice}"));
        }
        for qualifier in legal::qualifiers(sig) {
            let text = qualifier.to_string();
            self.reject(qualifier, format!("{a} cannot be `{text}`"));
        }
        if let Some(variadic) = &sig.variadic {
            self.reject(
                variadic,
                format!("{a} cannot be variadic: a call is recorded with a fixed number of parameters"),
            );
        }
    }

    fn generics(&mut self, sig: &Signature) {
        let a = self.kind.a();
        for parameter in &sig.generics.params {
            let fault = match parameter {
                GenericParam::Lifetime(_) => {
                    "runs later, perhaps in another process, on recorded parameters: it cannot have a lifetime parameter"
                }
                GenericParam::Type(_) | GenericParam::Const(_) => {
                    "has one name in histories, so it cannot be generic: write one function for each type"
                }
            };
            self.reject(parameter, format!("{a} {fault}"));
        }
        if let Some(clause) = &sig.generics.where_clause
            && sig.generics.params.is_empty()
        {
            self.reject(clause, format!("{a} cannot have a `where` clause: it is not generic"));
        }
    }

    fn inputs(&mut self, sig: &Signature) -> (Option<PatType>, Vec<Parameter>) {
        let (mut context, mut parameters) = (None, Vec::new());
        for (position, input) in sig.inputs.iter().enumerate() {
            match input {
                FnArg::Receiver(receiver) => self.receiver(receiver),
                FnArg::Typed(typed) => match legal::context(&typed.ty) {
                    Some(kind) => context = self.context(kind, position == 0, typed).or(context),
                    None => parameters.extend(self.parameter(sig, typed)),
                },
            }
        }
        let has_context = sig.inputs.iter().any(|i| matches!(i, FnArg::Typed(t) if legal::is_context(&t.ty)));
        if self.kind == Kind::Orchestrator && !has_context {
            let rule = "the first parameter of an orchestrator is its context, `ctx: &OrchestrationContext`: everything durable goes through it";
            match sig.inputs.first() {
                Some(FnArg::Typed(first)) => self.reject(first, rule),
                // A receiver has its own error; the place is free.
                _ => self.reject(&sig.ident, rule),
            }
        }
        if parameters.len() > PARAMETERS_MAX {
            self.reject(
                &sig.inputs,
                format!("at most {PARAMETERS_MAX} parameters can be recorded: put them into a struct"),
            );
        }
        (context, parameters)
    }

    fn receiver(&mut self, receiver: &Receiver) {
        let a = self.kind.a();
        self.reject(
            receiver,
            format!("{a} is a free function: a `self` cannot be recorded; pass what it needs as parameters"),
        );
    }

    fn context(&mut self, kind: Kind, first: bool, typed: &PatType) -> Option<PatType> {
        let (own, a) = (self.kind.context(), self.kind.a());
        if kind != self.kind {
            self.reject(
                &typed.ty,
                format!("the context of {a} is `&{own}`; `{}` is for {}", kind.context(), kind.plural()),
            );
            return None;
        }
        match types::bare(&typed.ty) {
            Type::Reference(reference) if reference.mutability.is_none() => {
                if let Some(lifetime) = &reference.lifetime {
                    self.reject(lifetime, format!("the context is borrowed for the call: write `&{own}`"));
                }
            }
            other => self.reject(other, format!("the context is borrowed: write `&{own}`")),
        }
        if !first {
            self.reject(typed, "the context is the first parameter");
        }
        match &*typed.pat {
            Pat::Wild(_) => {}
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {}
            other => self.reject(other, "give the context a plain name, such as `ctx`"),
        }
        Some(typed.clone())
    }

    fn parameter(&mut self, sig: &Signature, typed: &PatType) -> Option<Parameter> {
        for fault in types::faults(&typed.ty) {
            self.fault(sig, typed, &fault);
        }
        match &*typed.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                let recorded = types::recorded(&typed.ty);
                Some(Parameter {
                    written: typed.clone(),
                    ident: pat.ident.clone(),
                    recorded: recorded.ty,
                    by_reference: recorded.by_reference,
                })
            }
            other => {
                self.reject(other, "give the parameter a plain name: it is part of the signature that callers see; take it apart in the body");
                None
            }
        }
    }

    fn fault(&mut self, sig: &Signature, typed: &PatType, fault: &Fault) {
        let legal = crate::diagnostics::written(types::legal(&typed.ty, &sig.generics));
        match fault {
            Fault::Mutable(at) => {
                self.reject(at, format!("a parameter is recorded, so what is written through a `&mut` is lost: take `{legal}` and return the new value"));
            }
            // The parameter itself has been reported.
            Fault::Named(at) if sig.generics.lifetimes().any(|l| l.lifetime == *at) => {}
            Fault::Named(at) => {
                self.reject(
                    at,
                    format!("a parameter is recorded and read back, so it has no lifetime of its own: write `{legal}`"),
                );
            }
            Fault::Nested(at) => {
                self.reject(at, format!("only a whole parameter can be a reference, because an inner one has no owner once it is read back: write `{legal}`"));
            }
            Fault::Impl(at) => self.reject(at, "a recorded parameter has one type: write it instead of `impl Trait`"),
            Fault::Infer(at) => self.reject(at, "write the type of the parameter"),
            Fault::Dyn(at) => {
                self.reject(at, "a trait object cannot be read back from a history: write the concrete type")
            }
        }
    }

    fn output(&mut self, sig: &Signature) -> Option<Type> {
        let a = self.kind.a();
        match &sig.output {
            ReturnType::Default => {
                self.reject(&sig.ident, format!("{a} returns a `Result`, `Result<()>` if there is nothing to return"));
                None
            }
            ReturnType::Type(_, ty) => {
                let recorded = format!("the result of {a} is recorded");
                for fault in types::inner_faults(ty) {
                    match fault {
                        // The parameter itself has been reported.
                        Fault::Named(at) if sig.generics.lifetimes().any(|l| l.lifetime == at) => {}
                        Fault::Named(at) => self.reject(at, format!("{recorded}: it has no lifetime")),
                        Fault::Nested(at) => self.reject(at, format!("{recorded}: it is owned, not borrowed")),
                        Fault::Impl(at) => {
                            self.reject(at, format!("{recorded}: write its type instead of `impl Trait`"))
                        }
                        Fault::Infer(at) => self.reject(at, format!("{recorded}: write its type")),
                        Fault::Mutable(_) | Fault::Dyn(_) => {}
                    }
                }
                Some((**ty).clone())
            }
        }
    }
}
