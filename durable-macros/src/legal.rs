//! The signature that would have been right, for the errors: the user's own, mended.

use quote::ToTokens;
use syn::{FnArg, Pat, PatType, ReturnType, Signature, Type};

use crate::diagnostics::written;
use crate::model::Kind;
use crate::types;

/// The legal form of this function, as text.
pub(crate) fn signature(kind: Kind, sig: &Signature) -> String {
    let mut inputs = Vec::new();
    let context = sig.inputs.iter().filter_map(typed).find(|p| is_context(&p.ty));
    if kind == Kind::Orchestrator || context.is_some() {
        let name = context.map_or_else(|| "ctx".to_owned(), |p| written(&p.pat));
        inputs.push(format!("{name}: &{}", kind.context()));
    }
    for parameter in sig.inputs.iter().filter_map(typed).filter(|p| !is_context(&p.ty)) {
        let name = match &*parameter.pat {
            Pat::Ident(pat) => pat.ident.to_string(),
            _ => format!("parameter_{}", inputs.len() + 1),
        };
        inputs.push(format!("{name}: {}", written(types::legal(&parameter.ty, &sig.generics))));
    }
    let output = match &sig.output {
        ReturnType::Default => "Result<()>".to_owned(),
        ReturnType::Type(_, ty) if matches!(types::bare(ty), Type::ImplTrait(_)) => "Result<ConcreteType>".to_owned(),
        ReturnType::Type(_, ty) => written(types::legal(ty, &sig.generics)),
    };
    format!("#[{}]\n    async fn {}({}) -> {output}", kind.attribute(), sig.ident, inputs.join(", "))
}

/// Whether this is a context, of either kind, borrowed or not.
pub(crate) fn is_context(ty: &Type) -> bool {
    context(ty).is_some()
}

/// The kind of function that this context is for.
pub(crate) fn context(ty: &Type) -> Option<Kind> {
    let ty = match types::bare(ty) {
        Type::Reference(reference) => &reference.elem,
        other => other,
    };
    let name = types::name(ty)?;
    [Kind::Activity, Kind::Orchestrator].into_iter().find(|k| name == k.context())
}

fn typed(input: &FnArg) -> Option<&PatType> {
    match input {
        FnArg::Typed(parameter) => Some(parameter),
        FnArg::Receiver(_) => None,
    }
}

/// `fault`, and below it the legal form.
pub(crate) fn message(fault: impl std::fmt::Display, legal: &str) -> String {
    format!("{fault}\n\nthe legal form is:\n\n    {legal}")
}

/// The tokens of the qualifiers that no durable function has.
pub(crate) fn qualifiers(sig: &Signature) -> Vec<proc_macro2::TokenStream> {
    let safety = match &sig.safety {
        syn::Safety::Default => None,
        safety => Some(safety.to_token_stream()),
    };
    let constness = sig.constness.map(|t| t.to_token_stream());
    let abi = sig.abi.as_ref().map(ToTokens::to_token_stream);
    constness.into_iter().chain(safety).chain(abi).collect()
}
