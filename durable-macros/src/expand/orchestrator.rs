//! `#[orchestrator]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::common;
use crate::determinism::Checked;
use crate::model::{Kind, OrchestratorArguments, OrchestratorFn};

pub(super) fn expand(orchestrator: &OrchestratorFn) -> TokenStream {
    let OrchestratorFn { function, arguments } = orchestrator;
    let (vis, ident, inner) = (&function.vis, &function.ident, &function.inner);
    let inputs = common::written_inputs(function);
    let future = common::durable_future(&function.output);
    let written = function.context.iter().chain(function.parameters.iter().map(|p| &p.written));
    let checked = Checked {
        role: "an orchestrator",
        name: ident,
        generics: None,
        inputs: written.collect(),
        body: &function.body,
    };
    let body = common::gated(&checked, &function.output);
    let run = quote! {
        #(#inner)*
        // What tells rustc the type of the result stands before the body's own items.
        #[allow(clippy::items_after_statements)]
        /// The body: an orchestration without a worker, for tests.
        #vis fn run(#(#inputs),*) -> #future {
            #body
        }
    };
    let (recorders, at, runner) = (common::recorders(), common::location(function), common::runner(function));
    let registration = quote! {
        #[allow(unused_imports)]
        use ::durable::__private::traits::*;
        #recorders
        ::durable::__private::orchestrator::<#ident, _, _>(#at, #runner)
    };
    let invocation = common::invocation(function);
    let definition =
        common::definition_type(Kind::Orchestrator, function, arguments.name.as_deref(), version(arguments));
    let implementation = common::implementation(function, &run, &registration);
    let cfgs = &function.cfgs;
    quote! {
        #invocation
        #definition
        #(#cfgs)*
        impl ::durable::Orchestrator for #ident {}
        #implementation
    }
}

fn version(arguments: &OrchestratorArguments) -> Option<TokenStream> {
    let version = arguments.version.as_deref()?;
    Some(quote!(const VERSION: &'static str = #version;))
}
