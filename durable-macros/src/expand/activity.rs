//! `#[activity]`.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

use super::common;
use crate::model::{ActivityArguments, ActivityFn, Kind, Retry};

pub(super) fn expand(activity: &ActivityFn) -> TokenStream {
    let ActivityFn { function, arguments } = activity;
    let (vis, ident, inner, output, body) =
        (&function.vis, &function.ident, &function.inner, &function.output, &function.body);
    let inputs = common::written_inputs(function);
    let run = quote! {
        #(#inner)*
        /// The body: call it directly in unit tests.
        #vis async fn run(#(#inputs),*) -> #output #body
    };
    let (recorders, at, runner, needs) =
        (common::recorders(), common::location(function), common::runner(function), &arguments.needs);
    let queue = arguments.queue.as_ref().map(|queue| quote!(.in_queue(#queue)));
    let registration = quote! {
        #[allow(unused_imports)]
        use ::durable::__private::traits::*;
        #recorders
        ::durable::__private::activity::<#ident, _, _>(
            "",
            #at,
            ::std::vec![#(::durable::__private::DataType::of::<#needs>()),*],
            #runner,
        )
        #queue
    };
    let invocation = common::invocation(function);
    let definition = common::definition_type(Kind::Activity, function, arguments.name.as_deref(), options(arguments));
    let implementation = common::implementation(function, &run, &registration);
    let cfgs = &function.cfgs;
    quote! {
        #invocation
        #definition
        #(#cfgs)*
        impl ::durable::Activity for #ident {}
        #implementation
    }
}

/// The options that the attribute names, if any.
fn options(arguments: &ActivityArguments) -> Option<TokenStream> {
    let retry = arguments.retry.map(|retry| {
        let policy = policy(retry);
        quote!(.retry(#policy))
    });
    let timeout = arguments.timeout.map(|limit| {
        let limit = duration(limit);
        quote!(.timeout(#limit))
    });
    (retry.is_some() || timeout.is_some()).then(|| {
        quote! {
            fn options() -> ::durable::__private::CallOptions {
                ::durable::__private::CallOptions::new() #retry #timeout
            }
        }
    })
}

fn policy(retry: Retry) -> TokenStream {
    let Retry { max_attempts, first, backoff, max_interval } = retry;
    let first = duration(first);
    let backoff = backoff.map(|factor| quote!(.backoff(#factor)));
    let max_interval = max_interval.map(|max| {
        let max = duration(max);
        quote!(.max_interval(#max))
    });
    quote!(::durable::RetryPolicy::fixed(#max_attempts, #first) #backoff #max_interval)
}

fn duration(duration: Duration) -> TokenStream {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanoseconds))
}
