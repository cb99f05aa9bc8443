//! `#[durable::helper]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ReturnType, Type, parse_quote};

use super::common;
use crate::item::FnItem;

/// An `async fn` becomes a function that returns a durable future; a plain one stays.
pub(super) fn expand(item: FnItem) -> TokenStream {
    if item.sig.asyncness.is_none() {
        return item.into_token_stream();
    }
    let FnItem { attrs, vis, mut sig, body } = item;
    sig.asyncness = None;
    let output = match sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => *ty,
    };
    sig.output = ReturnType::Type(Default::default(), Box::new(Type::Verbatim(common::durable_future(&output))));
    let body = common::gated(&body, &output);
    quote! {
        #(#attrs)*
        // What tells rustc the type of the result stands before the body's own items.
        #[allow(clippy::items_after_statements)]
        #vis #sig {
            #body
        }
    }
}
