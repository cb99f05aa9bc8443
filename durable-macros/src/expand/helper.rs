//! `#[durable::helper]`.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, Generics, Ident, PatType, ReturnType, Signature, Type, parse_quote};

use super::common;
use crate::determinism::{self, Checked, Subject};
use crate::item::FnItem;

/// An `async fn` becomes a function that returns a durable future; a plain one stays what it is.
pub(super) fn expand(item: FnItem) -> TokenStream {
    if item.sig.asyncness.is_none() {
        return plain(item);
    }
    let FnItem { attrs, vis, mut sig, body } = item;
    let name = sig.ident.clone();
    let inputs: Vec<PatType> = parameters(&sig);
    sig.asyncness = None;
    let output = match sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => *ty,
    };
    sig.output = ReturnType::Type(Default::default(), Box::new(Type::Verbatim(common::durable_future(&output))));
    let body = common::gated(&checked(&name, &sig.generics, &inputs, &body), &output);
    quote! {
        #(#attrs)*
        // What tells rustc the type of the result stands before the body's own items.
        #[allow(clippy::items_after_statements)]
        #vis #sig {
            #body
        }
    }
}

/// A plain function is checked; it can await nothing.
fn plain(item: FnItem) -> TokenStream {
    // A `const fn` cannot call what the probes are made of, and does nothing that they look for.
    if item.sig.constness.is_some() {
        return item.into_token_stream();
    }
    let inputs = parameters(&item.sig);
    let checked = checked(&item.sig.ident, &item.sig.generics, &inputs, &item.body);
    let errors = common::denied(&checked);
    let subject = Subject::new(checked.name, &checked.inputs).reported(&errors);
    let Some(body) = determinism::probed(&item.body, &subject) else { return quote!(#errors #item) };
    let FnItem { attrs, vis, sig, .. } = item;
    quote! {
        #errors
        #(#attrs)*
        #vis #sig {
            #[allow(unused_imports)]
            use ::durable::__private::traits::*;
            #body
        }
    }
}

fn checked<'a>(name: &'a Ident, generics: &'a Generics, inputs: &'a [PatType], body: &'a Group) -> Checked<'a> {
    Checked { role: "a helper of orchestrators", name, generics: Some(generics), inputs: inputs.iter().collect(), body }
}

fn parameters(sig: &Signature) -> Vec<PatType> {
    let typed = |input: &FnArg| match input {
        FnArg::Typed(parameter) => Some(parameter.clone()),
        FnArg::Receiver(_) => None,
    };
    sig.inputs.iter().filter_map(typed).collect()
}
