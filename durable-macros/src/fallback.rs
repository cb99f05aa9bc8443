//! What stands in for a function whose signature is not legal: enough for its callers, so that
//! one mistake gives one error.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{FnArg, PatType, ReturnType, Type, parse_quote};

use crate::editor;
use crate::item::FnItem;
use crate::legal;
use crate::model::Kind;
use crate::types;

/// The stand-in.
pub(crate) fn stub(kind: Kind, item: &FnItem) -> TokenStream {
    let FnItem { vis, sig, .. } = item;
    if sig.receiver().is_some() {
        // Within an `impl` block no other items can stand beside it.
        return item.to_token_stream();
    }
    let (ident, where_clause) = (&sig.ident, &sig.generics.where_clause);
    let (generics, _, _) = sig.generics.split_for_impl();
    let generics = generics.to_token_stream();
    let inputs = sig.inputs.iter().filter_map(parameter);
    // Names all types that the user names, so that no import becomes unused.
    let all = sig.inputs.iter().filter_map(anonymous);
    let output = output(&sig.output, sig);
    let role = match kind {
        Kind::Activity => quote!(impl ::durable::Activity for #ident {}),
        Kind::Orchestrator => quote!(impl ::durable::Orchestrator for #ident {}),
    };
    let definition_kind = match kind {
        Kind::Activity => quote!(Activity),
        Kind::Orchestrator => quote!(Orchestrator),
    };
    let name = ident.to_string();
    let run = if editor::expands() {
        // The signature is not finished, and its body is being written: there it completes.
        let (inputs, output, body) = (&sig.inputs, &sig.output, &item.body);
        quote!(#vis async fn run #generics (#inputs) #output #where_clause #body)
    } else {
        quote! {
            #vis async fn run #generics (#(#all),*) -> #output #where_clause {
                ::core::unimplemented!()
            }
        }
    };
    quote! {
        #[allow(warnings)]
        #vis fn #ident #generics (#(#inputs),*) -> ::durable::Invocation<#ident> #where_clause {
            ::core::unimplemented!()
        }
        #[allow(warnings)]
        #[doc(hidden)]
        #vis enum #ident {}
        impl ::durable::Definition for #ident {
            const NAME: &'static str = #name;
            const KIND: ::durable::DefinitionKind = ::durable::DefinitionKind::#definition_kind;
            type Ok = <#output as ::durable::__private::Outcome>::Ok;
            type Err = <#output as ::durable::__private::Outcome>::Err;
        }
        #role
        #[allow(warnings)]
        impl #ident {
            #run
            #vis fn definition() -> ::durable::Registration {
                ::core::unimplemented!()
            }
        }
    }
}

/// A parameter of the function that callers see; the context is none.
fn parameter(input: &FnArg) -> Option<PatType> {
    anonymous(input).filter(|p| !legal::is_context(&p.ty))
}

/// A parameter without its name.
fn anonymous(input: &FnArg) -> Option<PatType> {
    match input {
        FnArg::Typed(typed) => Some(PatType { attrs: Vec::new(), pat: parse_quote!(_), ..typed.clone() }),
        FnArg::Receiver(_) => None,
    }
}

/// The result's type as far as it can stand alone.
fn output(output: &ReturnType, sig: &syn::Signature) -> Type {
    match output {
        ReturnType::Type(_, ty) if types::inner_faults(ty).is_empty() && !types::mentions(ty, &sig.generics) => {
            (**ty).clone()
        }
        _ => parse_quote!(::durable::Result<()>),
    }
}
