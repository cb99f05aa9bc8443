//! Attribute macros of `durable`: syntax in, definitions out.
//!
//! Use them through the facade crate `durable`, which re-exports them and which the generated
//! code names by absolute paths. What each module does:
//!
//! - `item`: a function whose body is left as tokens
//! - `parse`: the attributes' arguments
//! - `types`: what is recorded for a parameter
//! - `validate`: the rules on signatures; makes the `model`
//! - `legal`: the signature that would have been right, for the errors
//! - `determinism`: the rules on the bodies of orchestrators and helpers
//! - `editor`: whether an editor expands, and no compiler
//! - `expand`: the model becomes code
//! - `fallback`: what stands in for a function that has errors, so that its callers have none

mod determinism;
mod diagnostics;
mod editor;
mod expand;
mod fallback;
mod item;
mod legal;
mod model;
mod parse;
mod types;
mod validate;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes an activity of an `async fn`: the work of an orchestration, run at least once.
///
/// ```text
/// #[activity]
/// async fn copy_file(ctx: &ActivityContext, file: &str, dest: &str) -> Result<u64, CopyError> { … }
///
/// // leaves behind:
/// fn copy_file(file: &str, dest: &str) -> Invocation<copy_file>;      // inert: for `ctx.call(..)`
/// copy_file::run(ctx, file, dest)                                      // the body, for unit tests
/// copy_file::definition()                                              // for `register(..)`
/// ```
///
/// The context parameter is optional and comes first. The other parameters and the two types of
/// the `Result` are recorded, so they are `Serialize + DeserializeOwned`; a parameter may be a
/// reference (`&str`, `&[T]`, `&Path`, `&T`), which is recorded as what it points to.
///
/// # Arguments
///
/// - `name = "copy-file"`: the durable name, if it is not the function's
/// - `retry(max_attempts = 5, first = "1s", backoff = 2.0, max_interval = "1h")`: when a failed
///   attempt is followed by another; `backoff` and `max_interval` may be left out
/// - `timeout = "30s"`: how long one attempt may take
/// - `needs(Pool, Config)`: shared data that the worker must have, checked when it starts
///
/// A duration is a whole number with `ms`, `s`, `m`, `h` or `d`.
#[proc_macro_attribute]
pub fn activity(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::activity(arguments.into(), item.into()).into()
}

/// Makes an orchestrator of an `async fn`: it coordinates, and is replayed from its history.
///
/// ```text
/// #[orchestrator]
/// async fn hello_cities(ctx: &OrchestrationContext, cities: Vec<String>) -> Result<Vec<String>> { … }
///
/// // leaves behind:
/// fn hello_cities(cities: Vec<String>) -> Invocation<hello_cities>;   // inert: for `client.start(..)`
/// hello_cities::run(ctx, cities)                                       // the body, a `DurableFuture`
/// hello_cities::definition()                                           // for `register(..)`
/// ```
///
/// The context parameter is required and comes first; the others follow the rules of
/// [`macro@activity`]. The body can await durable operations only: anything else is a compile
/// error at the `.await`.
///
/// # Arguments
///
/// - `name = "hello"`: the durable name, if it is not the function's
/// - `version = "2"`: tells this code from another of the same name
#[proc_macro_attribute]
pub fn orchestrator(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::orchestrator(arguments.into(), item.into()).into()
}

/// Marks a function that orchestrators call: an `async fn` becomes one that they can await.
///
/// ```text
/// #[durable::helper]
/// async fn book_all(ctx: &OrchestrationContext, trip: u32) -> Result<(), TripError> { … }
///
/// // becomes:
/// fn book_all(ctx: &OrchestrationContext, trip: u32) -> impl DurableFuture<Output = Result<(), TripError>>;
/// ```
///
/// Nothing is recorded for the helper itself, so generics, lifetimes, `self` and any types are
/// fine. It is checked as the body of an orchestrator is. A plain `fn` stays as it is.
#[proc_macro_attribute]
pub fn helper(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::helper(arguments.into(), item.into()).into()
}
