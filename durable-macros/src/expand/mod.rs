//! The model becomes code. Every path is absolute, every internal name hygienic: what the user
//! has shadowed or named does not matter.

mod activity;
mod common;
mod helper;
mod orchestrator;

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostics::Errors;
use crate::model::{ActivityFn, Function, Kind, OrchestratorFn};
use crate::{fallback, item, parse, validate};

/// `#[activity]`.
pub(crate) fn activity(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = parse::activity(arguments, &mut errors);
    definition(Kind::Activity, item, errors, |function| activity::expand(&ActivityFn { function, arguments }))
}

/// `#[orchestrator]`.
pub(crate) fn orchestrator(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = parse::orchestrator(arguments, &mut errors);
    definition(Kind::Orchestrator, item, errors, |function| {
        orchestrator::expand(&OrchestratorFn { function, arguments })
    })
}

/// `#[durable::helper]`.
pub(crate) fn helper(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    parse::helper(arguments, &mut errors);
    let helper = match item::parse("helper", item.clone()) {
        Ok(item) => helper::expand(item),
        Err(error) => {
            errors.add(error);
            item
        }
    };
    quote!(#errors #helper)
}

/// Mistakes in the arguments leave the function as it is; with mistakes in the signature a
/// stand-in takes its place.
fn definition(
    kind: Kind,
    item: TokenStream,
    mut errors: Errors,
    expand: impl FnOnce(Function) -> TokenStream,
) -> TokenStream {
    let expanded = match item::parse(kind.attribute(), item.clone()) {
        Ok(parsed) => match validate::function(kind, &parsed, &mut errors) {
            Some(function) => expand(function),
            None => fallback::stub(kind, &parsed),
        },
        Err(error) => {
            errors.add(error);
            item
        }
    };
    quote!(#errors #expanded)
}
