//! What activities and orchestrators have in common.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;

use crate::determinism::{self, Checked, Subject};
use crate::diagnostics::Errors;
use crate::editor;
use crate::model::{Function, Kind, Parameter};
use crate::types::{self, Fault};

/// A name that no name of the user can meet: `mixed_site` keeps locals apart.
pub(super) fn local(name: &str) -> Ident {
    Ident::new(&format!("__durable_{name}"), Span::mixed_site())
}

/// `impl DurableFuture<Output = R>`, capturing every lifetime in scope as an `async fn` does.
/// Editions before 2024 would capture none; the edition that decides is the one of the span, and
/// with `mixed_site` that is the edition of this crate.
pub(super) fn durable_future(output: &Type) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> impl ::durable::DurableFuture<Output = #output>)
}

/// The body of an orchestrator or helper as a durable future.
pub(super) fn gated(checked: &Checked<'_>, output: &Type) -> TokenStream {
    let errors = denied(checked);
    let subject = Subject::new(checked.name, &checked.inputs).reported(&errors);
    let body = determinism::value_gate(checked.body, &subject);
    let body = expecting(output, &determinism::gate(&body, &subject));
    quote! {
        #errors
        #[allow(unused_imports)]
        use ::durable::__private::traits::*;
        ::durable::__private::block(async move #body)
    }
}

/// What is wrong with a body by the names in it.
pub(super) fn denied(checked: &Checked<'_>) -> Errors {
    if cfg!(durable_without = "names") { Errors::default() } else { determinism::deny(checked) }
}

/// The block of an `async move` with its result's type known from its first line on. An `async fn`
/// knows it, but an async block infers it, and then `return Ok(Box::new(..))` as a `Box<dyn ..>`
/// or a `?` before the first `Ok` would not compile.
fn expecting(output: &Type, body: &Group) -> Group {
    // An editor that completes in a body compares two expansions, and in one of them the whole body
    // may be a single token: the body is a block of its own there, so both have the same shape.
    let (is_nested, statements) =
        if editor::expands() { (true, body.to_token_stream()) } else { (false, body.stream()) };
    let has_inner_attribute = {
        let mut tokens = body.stream().into_iter();
        let mut starts = |c| matches!(tokens.next(), Some(TokenTree::Punct(p)) if p.as_char() == c);
        starts('#') && starts('!')
    };
    let is_opaque = types::inner_faults(output).iter().any(|f| matches!(f, Fault::Impl(_)));
    // Inner attributes come first in a block, and `impl Trait` cannot be written inside one.
    if has_inner_attribute && !is_nested || is_opaque {
        return body.clone();
    }
    let place = ends(output).0;
    let never = Ident::new("__durable_never", Span::mixed_site().located_at(place));
    // rustc may show it as the place that says what the type is.
    let mut tokens = quote_spanned! {located(place)=>
        if let ::core::option::Option::Some(#never) = ::core::option::Option::None::<#output> {
            return #never;
        }
    };
    tokens.extend(statements);
    let mut block = Group::new(Delimiter::Brace, tokens);
    block.set_span(body.span());
    block
}

/// The function that callers see: it records its parameters and runs nothing.
pub(super) fn invocation(function: &Function) -> TokenStream {
    let Function { cfgs, outer, vis, ident, parameters, .. } = function;
    let inputs = parameters.iter().map(|p| {
        let (ident, ty) = (&p.ident, &p.written.ty);
        quote!(#ident: #ty)
    });
    let recorded = if parameters.is_empty() {
        // `()` would be `null`; this is `[]`, as for every other number of parameters.
        quote!(&([] as [u8; 0]))
    } else {
        // From the first parameter to the last: one that cannot be recorded is what can be wrong here.
        let (first, last) = extent(parameters);
        let references = parameters.iter().map(|p| &p.ident);
        let mut tuple = Group::new(Delimiter::Parenthesis, quote!(#(&#references,)*));
        tuple.set_span(last);
        quote_spanned!(first=> &#tuple)
    };
    quote! {
        #(#cfgs)*
        #(#outer)*
        // `register_all()` reaches it by name, so nothing here needs to call it.
        #[allow(dead_code)]
        // It takes what the body takes, to no other end than to write it down.
        #[allow(clippy::all, clippy::pedantic, clippy::nursery)]
        #vis fn #ident(#(#inputs),*) -> ::durable::Invocation<#ident> {
            ::durable::Invocation::new(#recorded)
        }
    }
}

/// The type in the type namespace, and what is known of it at compile time.
pub(super) fn definition_type(
    kind: Kind,
    function: &Function,
    name: Option<&str>,
    items: Option<TokenStream>,
) -> TokenStream {
    let Function { cfgs, vis, ident, output, .. } = function;
    let written = ident.unraw().to_string();
    let name = name.unwrap_or(&written);
    let docs = format!("The definition that `#[{}]` made of the function `{written}`.", kind.attribute());
    let variant = format_ident!("{}", if kind == Kind::Activity { "Activity" } else { "Orchestrator" });
    let (ok, err) = (outcome(output, "Ok"), outcome(output, "Err"));
    // At the result's type: that a type is private, or cannot be recorded, is said there.
    let types = quote_spanned!(ends(output).0=> type Ok = #ok; type Err = #err;);
    quote! {
        #(#cfgs)*
        #[doc = #docs]
        #[allow(non_camel_case_types, dead_code, unreachable_pub)]
        #vis enum #ident {}

        #(#cfgs)*
        impl ::durable::Definition for #ident {
            const NAME: &'static str = #name;
            const KIND: ::durable::DefinitionKind = ::durable::DefinitionKind::#variant;
            #types
            #items
        }
    }
}

/// The parts that the user's own body goes into, and the registration.
pub(super) fn implementation(function: &Function, run: &TokenStream, registration: &TokenStream) -> TokenStream {
    let Function { cfgs, vis, ident, .. } = function;
    quote! {
        #(#cfgs)*
        #[allow(dead_code, unreachable_pub)]
        // It is `async` because it has to be, and its docs stand on the function.
        #[allow(clippy::unused_async, clippy::missing_errors_doc, clippy::missing_panics_doc)]
        impl #ident {
            #run

            /// What a worker registers.
            #[allow(unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
            #vis fn definition() -> ::durable::Registration {
                #registration
            }
        }

        #(#cfgs)*
        ::durable::__private::submit! { #ident::definition }
    }
}

/// The parameters of the body, context included, as they were written.
pub(super) fn written_inputs(function: &Function) -> impl Iterator<Item = TokenStream> + '_ {
    let context = function.context.iter().map(ToTokens::to_token_stream);
    context.chain(function.parameters.iter().map(|p| p.written.to_token_stream()))
}

/// `|context, input| async move { .. }`: decodes the parameters, runs the body, records the result.
pub(super) fn runner(function: &Function) -> TokenStream {
    let Function { ident, context, parameters, output, .. } = function;
    let (ctx, input, value, error) = (local("context"), local("input"), local("value"), local("error"));
    let names: Vec<Ident> = (0..parameters.len()).map(|i| local(&format!("argument_{i}"))).collect();
    let name = quote!(<#ident as ::durable::Definition>::NAME);
    let decode = match &*names {
        [] => quote!(let [] = ::durable::__private::arguments::<[u8; 0]>(#name, &#input)?;),
        names => {
            let recorded = recorded_tuple(parameters, ident.span());
            quote!(let (#(#names,)*) = ::durable::__private::arguments::<#recorded>(#name, &#input)?;)
        }
    };
    let context = context.iter().map(|_| quote!(&#ctx));
    let arguments = parameters.iter().zip(&names).map(|(p, n)| if p.by_reference { quote!(&#n) } else { quote!(#n) });
    let arguments = context.chain(arguments);
    // At the result's type, so that what is wrong with it is said there.
    let result = ends(output).0;
    let into_result = outcome(output, "into_result");
    let describe = quote_spanned!(located(result)=> (&&&&::durable::__private::Describe(&#error)).describe());
    quote_spanned! {result=>
        |#ctx, #input| async move {
            #decode
            match #into_result(#ident::run(#(#arguments),*).await) {
                ::core::result::Result::Ok(#value) => __durable_success::<#ident>(&#value),
                ::core::result::Result::Err(#error) => {
                    ::core::result::Result::Err(__durable_failure::<#ident>(&#error, #describe))
                }
            }
        }
    }
}

/// How results are recorded. Generic, so that a result that cannot be recorded is one error, at
/// the definition's types, and not another one here.
pub(super) fn recorders() -> TokenStream {
    quote! {
        fn __durable_success<D: ::durable::Definition>(
            value: &D::Ok,
        ) -> ::core::result::Result<::durable::Payload, ::durable::Failure> {
            ::durable::__private::success(value)
        }
        fn __durable_failure<D: ::durable::Definition>(
            error: &D::Err,
            words: (::std::string::String, ::std::vec::Vec<::std::string::String>),
        ) -> ::durable::Failure {
            ::durable::__private::failure(error, words)
        }
    }
}

/// The recorded parameters as one type. An error in it is shown at the parameter's type, if there
/// is but one; else at the function, and the message names the type.
fn recorded_tuple(parameters: &[Parameter], function: Span) -> Group {
    let recorded = parameters.iter().map(|p| &p.recorded);
    let mut tuple = Group::new(Delimiter::Parenthesis, quote!(#(#recorded,)*));
    tuple.set_span(editor::at(match parameters {
        [only] => types::place(&only.written.ty),
        _ => function,
    }));
    tuple
}

/// `<R as Outcome>::member`, at the user's `R`: that it is no `Result` is said there, once.
fn outcome(output: &Type, member: &str) -> TokenStream {
    let (first, last) = ends(output);
    let member = Ident::new(member, last);
    let open = quote_spanned!(first=> <);
    let outcome = quote_spanned!(last=> as ::durable::__private::Outcome>::#member);
    quote!(#open #output #outcome)
}

/// From the first parameter to the last; the type, if there is but one.
fn extent(parameters: &[Parameter]) -> (Span, Span) {
    let (first, last) = match parameters {
        [] => (Span::call_site(), Span::call_site()),
        [only] => ends(&only.written.ty),
        [first, .., last] => (first.ident.span(), ends(&last.written.ty).1),
    };
    (located(first), located(last))
}

/// Where the definition stands.
pub(super) fn location(function: &Function) -> TokenStream {
    quote_spanned!(editor::at(function.ident.span())=> ::durable::__private::SourceLocation { file: ::core::file!(), line: ::core::line!() })
}

/// The place of the user's code, but generated: lints leave it alone.
fn located(span: Span) -> Span {
    Span::call_site().located_at(editor::at(span))
}

/// The first and the last span of a type: stable Rust cannot join spans, but rustc does, from the
/// first token of an expression to its last.
pub(super) fn ends(ty: &Type) -> (Span, Span) {
    let mut tokens = ty.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::call_site, |t| t.span());
    let last = tokens.last().map_or(first, |t| t.span());
    (editor::at(first), editor::at(last))
}
