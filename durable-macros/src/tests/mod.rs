//! Data driven: many small inputs, and what comes of each.

mod arguments;
mod expansion;
mod gate;
mod gate_types;
mod names;
mod signatures;

use std::str::FromStr;

use proc_macro2::TokenStream;

/// The tokens of a piece of Rust.
fn tokens(text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap()
}

/// The messages of all `compile_error!`s in generated code.
fn errors(generated: TokenStream) -> Vec<String> {
    struct Found(Vec<String>);
    impl<'ast> syn::visit::Visit<'ast> for Found {
        fn visit_macro(&mut self, mac: &'ast syn::Macro) {
            if mac.path.segments.last().is_some_and(|s| s.ident == "compile_error") {
                self.0.push(mac.parse_body::<syn::LitStr>().unwrap().value());
            }
        }
    }
    let mut found = Found(Vec::new());
    syn::visit::Visit::visit_file(&mut found, &syn::parse2(generated).unwrap());
    found.0
}
