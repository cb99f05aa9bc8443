//! What is generated parses, and names only absolute paths. (That it compiles, `tests/ui/pass` shows.)

use quote::ToTokens;
use syn::{File, Item};

use super::{errors, tokens};
use crate::expand;

/// The generated items, by kind and name.
fn items(generated: proc_macro2::TokenStream) -> Vec<String> {
    let file: File = syn::parse2(generated).unwrap();
    let describe = |item: &Item| match item {
        Item::Fn(f) => format!("fn {}", f.sig.ident),
        Item::Enum(e) => format!("enum {}", e.ident),
        Item::Impl(i) => match &i.trait_ {
            Some((of, _)) => format!("impl {}", of.to_token_stream().to_string().replace(' ', "")),
            None => "impl".to_owned(),
        },
        Item::Macro(m) => m.mac.path.segments.last().unwrap().ident.to_string(),
        Item::Struct(s) => format!("struct {}", s.ident),
        _ => "?".to_owned(),
    };
    file.items.iter().map(describe).collect()
}

#[test]
fn a_definition_has_a_function_a_type_and_a_registration() {
    assert_eq!(
        items(expand::activity(tokens("timeout = \"1s\""), tokens("pub async fn f(n: &str) -> Result<()> { Ok(()) }"))),
        ["fn f", "enum f", "impl ::durable::Definition", "impl ::durable::Activity", "impl", "submit"]
    );
    let orchestrator = tokens("async fn f(_: &OrchestrationContext, n: &str) -> Result<()> { Ok(()) }");
    assert_eq!(
        items(expand::orchestrator(tokens(""), orchestrator)),
        ["fn f", "enum f", "impl ::durable::Definition", "impl ::durable::Orchestrator", "impl", "submit"]
    );
}

#[test]
fn a_mistake_in_the_arguments_leaves_the_definition() {
    let found = items(expand::activity(tokens("nam = 1"), tokens("async fn f() -> Result<()> { Ok(()) }")));
    assert_eq!(
        found,
        ["compile_error", "fn f", "enum f", "impl ::durable::Definition", "impl ::durable::Activity", "impl", "submit"]
    );
}

#[test]
fn a_mistake_in_the_signature_leaves_a_stand_in() {
    let found = items(expand::activity(tokens(""), tokens("fn f<T>(n: T) {}")));
    assert_eq!(found[3..], ["fn f", "enum f", "impl ::durable::Definition", "impl ::durable::Activity", "impl"]);
    assert_eq!(found[..3], ["compile_error"; 3]);
}

#[test]
fn an_item_that_is_no_function_stays() {
    assert_eq!(items(expand::orchestrator(tokens(""), tokens("struct Work;"))), ["compile_error", "struct Work"]);
}

#[test]
fn an_unfinished_body_passes_through() {
    let generated = expand::orchestrator(
        tokens(""),
        tokens("async fn f(ctx: &OrchestrationContext) -> Result<()> { let x = ctx. ; }"),
    );
    let text = generated.to_string();
    assert!(text.contains("let x = ctx . ;"), "{text}");
    assert!(text.contains("enum f"), "{text}");
}

#[test]
fn user_attributes_go_where_they_belong() {
    let item = "/// Docs.\n #[cfg(unix)] #[deprecated] #[allow(unused)] #[expect(dead_code)] #[inline] async fn f() -> Result<()> { Ok(()) }";
    let file: File = syn::parse2(expand::activity(tokens(""), tokens(item))).unwrap();
    let names = |attrs: &[syn::Attribute]| -> Vec<String> {
        attrs.iter().map(|a| a.path().to_token_stream().to_string()).collect()
    };
    for item in &file.items {
        match item {
            Item::Fn(f) => assert_eq!(names(&f.attrs)[..4], ["cfg", "doc", "deprecated", "allow"]),
            Item::Impl(i) => {
                assert_eq!(names(&i.attrs)[0], "cfg");
                if let (None, [syn::ImplItem::Fn(run), _]) = (&i.trait_, &*i.items) {
                    assert_eq!(names(&run.attrs), ["allow", "expect", "inline", "doc"]);
                }
            }
            Item::Enum(e) => assert_eq!(names(&e.attrs)[0], "cfg"),
            Item::Macro(m) => assert_eq!(names(&m.attrs), ["cfg"]),
            _ => panic!("unexpected item"),
        }
    }
}

#[test]
fn helpers_return_durable_futures() {
    let generated = expand::helper(tokens(""), tokens("async fn f<'a>(&'a self, n: &str) -> &'a str { x.await }"));
    let text = generated.to_string();
    assert!(
        text.contains("fn f < 'a > (& 'a self , n : & str) -> impl :: durable :: DurableFuture < Output = & 'a str >"),
        "{text}"
    );
    assert!(text.contains("__durable_await"), "{text}");

    let plain = "fn f (n : u64) -> u64 { n }";
    assert_eq!(expand::helper(tokens(""), tokens(plain)).to_string(), plain);
    assert_eq!(errors(expand::helper(tokens("x"), tokens(plain))), ["`#[durable::helper]` takes no arguments"]);
}
