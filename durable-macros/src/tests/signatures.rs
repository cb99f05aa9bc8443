//! Faults of signatures, each with the legal form.

use super::{errors, tokens};
use crate::expand;

/// The first lines of all errors, and the one legal form that all of them print.
#[track_caller]
fn check(item: &str, faults: &[&str], legal: &str) {
    let generated = if item.starts_with("#[activity]") {
        expand::activity(tokens(""), tokens(item.trim_start_matches("#[activity]")))
    } else {
        expand::orchestrator(tokens(""), tokens(item.trim_start_matches("#[orchestrator]")))
    };
    let found = errors(generated);
    let firsts: Vec<&str> = found.iter().map(|e| e.lines().next().unwrap()).collect();
    assert_eq!(firsts, faults, "{item}");
    for error in &found {
        let form = error.split("    async fn ").nth(1).map(|form| format!("async fn {form}"));
        assert_eq!(form.as_deref(), Some(legal), "{item}");
    }
}

#[test]
fn what_cannot_be_called_later_is_rejected() {
    check(
        "#[activity] fn double(n: u64) -> Result<u64> {}",
        &["an activity is an `async fn`: it may block for as long as it takes in `tokio::task::spawn_blocking`"],
        "async fn double(n: u64) -> Result<u64>",
    );
    check(
        "#[orchestrator] fn flow(ctx: &OrchestrationContext) -> Result<u64> {}",
        &["an orchestrator is an `async fn`: what it waits for is recorded at each `.await`"],
        "async fn flow(ctx: &OrchestrationContext) -> Result<u64>",
    );
    check(
        "#[activity] async fn send(&self, to: &str) -> Result<()> {}",
        &["an activity is a free function: a `self` cannot be recorded; pass what it needs as parameters"],
        "async fn send(to: &str) -> Result<()>",
    );
    check(
        "#[activity] async fn send(self: Box<Self>) -> Result<()> {}",
        &["an activity is a free function: a `self` cannot be recorded; pass what it needs as parameters"],
        "async fn send() -> Result<()>",
    );
    check(
        "#[activity] async unsafe extern \"C\" fn call() -> Result<()> {}",
        &["an activity cannot be `unsafe`", "an activity cannot be `extern \"C\"`"],
        "async fn call() -> Result<()>",
    );
}

#[test]
fn generics_are_rejected() {
    let generic = "an activity has one name in histories, so it cannot be generic: write one function for each type";
    check(
        "#[activity] async fn put<T: Serialize>(items: Vec<T>, n: &T) -> Result<T> {}",
        &[generic],
        "async fn put(items: Vec<ConcreteType>, n: &ConcreteType) -> Result<ConcreteType>",
    );
    check("#[activity] async fn put<const N: usize>() -> Result<()> {}", &[generic], "async fn put() -> Result<()>");
    check(
        "#[activity] async fn put<'a>(name: &'a str) -> Result<()> {}",
        &[
            "an activity runs later, perhaps in another process, on recorded parameters: it cannot have a lifetime parameter",
        ],
        "async fn put(name: &str) -> Result<()>",
    );
    check(
        "#[activity] async fn put(n: u64) -> Result<()> where u64: Copy {}",
        &["an activity cannot have a `where` clause: it is not generic"],
        "async fn put(n: u64) -> Result<()>",
    );
    check(
        "#[activity] async fn put(n: impl Display) -> Result<impl Display> {}",
        &[
            "a recorded parameter has one type: write it instead of `impl Trait`",
            "the result of an activity is recorded: write its type instead of `impl Trait`",
        ],
        "async fn put(n: ConcreteType) -> Result<ConcreteType>",
    );
}

#[test]
fn what_cannot_be_recorded_is_rejected() {
    let nested = |legal: &str| {
        format!(
            "only a whole parameter can be a reference, because an inner one has no owner once it is read back: write `{legal}`"
        )
    };
    for (ty, legal) in [
        ("Option<&str>", "Option<String>"),
        ("Vec<&[u8]>", "Vec<Vec<u8>>"),
        ("(&Path, u8)", "(PathBuf, u8)"),
        ("&&str", "&str"),
        ("&[&str]", "&[String]"),
        ("HashMap<String, &Order>", "HashMap<String, Order>"),
    ] {
        let item = format!("#[activity] async fn f(p: {ty}) -> Result<()> {{}}");
        check(&item, &[&nested(legal)], &format!("async fn f(p: {legal}) -> Result<()>"));
    }
    let lifetime = |legal: &str| {
        format!("a parameter is recorded and read back, so it has no lifetime of its own: write `{legal}`")
    };
    for (ty, legal) in
        [("&'static str", "&str"), ("Cow<'_, str>", "String"), ("Ref<'_, u8>", "Ref<u8>"), ("View<'_>", "View")]
    {
        let item = format!("#[activity] async fn f(p: {ty}) -> Result<()> {{}}");
        check(&item, &[&lifetime(legal)], &format!("async fn f(p: {legal}) -> Result<()>"));
    }
    check(
        "#[activity] async fn f(p: &mut Vec<u8>) -> Result<()> {}",
        &[
            "a parameter is recorded, so what is written through a `&mut` is lost: take `&Vec<u8>` and return the new value",
        ],
        "async fn f(p: &Vec<u8>) -> Result<()>",
    );
    check(
        "#[activity] async fn f(p: &dyn Display) -> Result<()> {}",
        &["a trait object cannot be read back from a history: write the concrete type"],
        "async fn f(p: ConcreteType) -> Result<()>",
    );
    check(
        "#[activity] async fn f() -> Result<&str> {}",
        &["the result of an activity is recorded: it is owned, not borrowed"],
        "async fn f() -> Result<String>",
    );
    check(
        "#[activity] async fn f(p: _) -> Result<()> {}",
        &["write the type of the parameter"],
        "async fn f(p: ConcreteType) -> Result<()>",
    );
}

#[test]
fn parameters_have_plain_names() {
    let plain =
        "give the parameter a plain name: it is part of the signature that callers see; take it apart in the body";
    for pattern in ["_", "(a, b)", "Point { x, y }", "ref p", "p @ 1"] {
        let item = format!("#[activity] async fn f({pattern}: Point) -> Result<()> {{}}");
        let legal = if pattern.ends_with('p') || pattern.ends_with('1') { "p" } else { "parameter_1" };
        check(&item, &[plain], &format!("async fn f({legal}: Point) -> Result<()>"));
    }
    let many: Vec<String> = (0..17).map(|i| format!("p{i}: u8")).collect();
    let many = many.join(", ");
    check(
        &format!("#[activity] async fn f({many}) -> Result<()> {{}}"),
        &["at most 16 parameters can be recorded: put them into a struct"],
        &format!("async fn f({many}) -> Result<()>"),
    );
}

#[test]
fn the_context_is_the_right_one_and_first() {
    let missing = "the first parameter of an orchestrator is its context, `ctx: &OrchestrationContext`: everything durable goes through it";
    check(
        "#[orchestrator] async fn f() -> Result<()> {}",
        &[missing],
        "async fn f(ctx: &OrchestrationContext) -> Result<()>",
    );
    check(
        "#[orchestrator] async fn f(c: &ActivityContext, n: u8) -> Result<()> {}",
        &["the context of an orchestrator is `&OrchestrationContext`; `ActivityContext` is for activities"],
        "async fn f(c: &OrchestrationContext, n: u8) -> Result<()>",
    );
    check(
        "#[activity] async fn f(c: &durable::OrchestrationContext) -> Result<()> {}",
        &["the context of an activity is `&ActivityContext`; `OrchestrationContext` is for orchestrators"],
        "async fn f(c: &ActivityContext) -> Result<()>",
    );
    check(
        "#[activity] async fn f(n: u8, c: &ActivityContext) -> Result<()> {}",
        &["the context is the first parameter"],
        "async fn f(c: &ActivityContext, n: u8) -> Result<()>",
    );
    for ty in ["ActivityContext", "&mut ActivityContext"] {
        check(
            &format!("#[activity] async fn f(c: {ty}) -> Result<()> {{}}"),
            &["the context is borrowed: write `&ActivityContext`"],
            "async fn f(c: &ActivityContext) -> Result<()>",
        );
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    check(
        "#[activity] #[durable::helper] fn f<T>(self, _: u8, p: Option<&str>, c: &ActivityContext) {}",
        &[
            "one function has one role: `#[activity]` or `#[helper]`, not both",
            "an activity is an `async fn`: it may block for as long as it takes in `tokio::task::spawn_blocking`",
            "an activity has one name in histories, so it cannot be generic: write one function for each type",
            "an activity is a free function: a `self` cannot be recorded; pass what it needs as parameters",
            "give the parameter a plain name: it is part of the signature that callers see; take it apart in the body",
            "only a whole parameter can be a reference, because an inner one has no owner once it is read back: write `Option<String>`",
            "the context is the first parameter",
            "an activity returns a `Result`, `Result<()>` if there is nothing to return",
        ],
        "async fn f(c: &ActivityContext, parameter_2: u8, p: Option<String>) -> Result<()>",
    );
}

#[test]
fn attributes_on_other_items_say_where_they_belong() {
    for item in ["struct Work;", "pub enum Work {}", "impl Work { fn f() {} }", "trait Work { fn f(); }", "mod work {}"]
    {
        let found = errors(expand::activity(tokens(""), tokens(item)));
        assert_eq!(
            found,
            ["`#[activity]` goes on a free `async fn`: put it on each function, not on what contains them"],
            "{item}"
        );
    }
}
