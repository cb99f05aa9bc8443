//! The value gate, on tokens: what is asked which question, and in which order.

use proc_macro2::{Delimiter, Group};
use quote::format_ident;
use syn::{PatType, parse_quote};

use super::tokens;
use crate::determinism::{Subject, probed};

/// The gated form of a body with the parameters `ctx` and `m`.
fn gated(body: &str) -> Option<String> {
    let name = format_ident!("flow");
    let context: PatType = parse_quote!(ctx: &OrchestrationContext);
    let map: PatType = parse_quote!(m: HashMap<u64, u64>);
    let parameters = [&context, &map];
    let body = Group::new(Delimiter::Brace, tokens(body));
    probed(&body, &Subject::new(&name, &parameters)).map(|gated| gated.to_string())
}

/// The questions that a body is asked, in order; `>` stands before one that is silent if the one
/// that it follows was denied.
#[track_caller]
fn check(body: &str, questions: &[&str]) {
    let gated = gated(body).unwrap_or_default();
    let asked: Vec<String> = gated
        .split(';')
        .filter(|statement| statement.contains("__durable_allow"))
        .map(|statement| {
            let follows = if statement.contains("__durable_then") { ">" } else { "" };
            let question = statement
                .split("__durable_")
                .map(|part| part.split([' ', '(']).next().unwrap_or_default())
                .find(|part| ["value", "from", "handle", "iteration", "contents", "path", "elapsed"].contains(part))
                .unwrap_or_default();
            format!("{follows}{question}")
        })
        .collect();
    assert_eq!(asked, questions, "{body}\n{gated}");
}

#[test]
fn results_of_calls_are_asked() {
    check("read();", &["value"]);
    check("clock.read();", &["value"]);
    check("convert(t);", &["from"]);
    check("t.to_time();", &["from"]);
    check("m.iter().then(f).stop();", &["value", ">from", ">value"]);
}

#[test]
fn what_gives_nothing_denied_is_not_asked() {
    for body in [
        "m.get(&1).copied().unwrap_or(0)",
        "m.insert(1, 2); m.len(); m.contains_key(&1);",
        "Some(1); Point(2); Ok(())",
        "durable::join_all([1]).await",
        "1 + 2",
        "flow(3)",
        "durable::trust!(\"why\", m.iter().sum())",
        "ctx.side_effect(|| read()).await",
        "unsafe { read() }",
        "#[cfg(unix)] { read() }",
        "fn inner() { read() }",
    ] {
        assert_eq!(gated(body), None, "{body}");
    }
}

#[test]
fn the_context_and_awaited_futures_are_not_asked() {
    check("ctx.timer(d).await; ctx.now(); helper(ctx).await", &[]);
    check("ctx.call(work(n())).await", &["value"]);
}

#[test]
fn what_is_iterated_is_asked() {
    check("for x in m {}", &["iteration"]);
    check("for x in &mut m {}", &["iteration"]);
    check("for x in 0..3 {} for x in [1, 2] {}", &[]);
    check("for x in read() {}", &["value", ">iteration"]);
    check("m.retain(f);", &["iteration", ">from"]);
    check("v.extend(m);", &["iteration"]);
    check("Vec::from_iter(m)", &["iteration", ">from"]);
}

#[test]
fn an_order_that_is_lost_at_once_is_not_asked_for() {
    // What is left is that the receiver is no handle.
    for body in [
        "let b: BTreeMap<_, _> = m.into_iter().collect();",
        "let b: BTreeSet<u64> = m.values().map(|v| v + 1).collect();",
        "m.iter().filter(|(k, _)| limits.contains(k)).collect::<HashMap<_, _>>()",
        "m.iter().map(|(k, v)| (k.clone(), f(v))).collect::<BTreeMap<_, _>>()",
        "m.values().any(|v| *v > 1)",
        "m.keys().copied().count()",
        "m.values().sum::<u64>()",
        "BTreeMap::from_iter(m)",
    ] {
        let gated = gated(body).unwrap_or_default();
        assert!(gated.contains("__durable_handle") && !gated.contains("__durable_iteration"), "{body}\n{gated}");
        assert!(!gated.contains("__durable_value"), "{body}\n{gated}");
    }
    for body in [
        "let v: Vec<u64> = m.keys().copied().collect();",
        "m.iter().map(|(k, v)| (v, k)).collect::<BTreeMap<_, _>>()",
        "let b: BTreeSet<u64> = m.keys().take(1).collect();",
        "m.values().any(|v| { m = v; true })",
        "m.values().any(|v| m.insert(v))",
        "m.values().all(|v| { ctx.log(v); true })",
        "m.values().all(m)",
        "m.values().sum::<f64>()",
        "m.values().min_by_key(f)",
        "m.values().max()",
        "m.into_iter().count()",
        "let b: BTreeMap<u8, u8> = m.iter().collect()?;",
    ] {
        let gated = gated(body).unwrap_or_default();
        assert!(gated.contains("__durable_value") || gated.contains("__durable_from"), "{body}\n{gated}");
    }
}

#[test]
fn what_is_printed_or_recorded_is_asked() {
    check("format!(\"{m:?} {{no}} {0}\", 1)", &["contents"]);
    check("println!(\"{:?} {}\", m, s.map);", &["contents", "contents"]);
    check("tracing::info!(\"{m:?}\");", &["contents"]);
    check("format!(\"{x}\", x = 3)", &[]);
    check("serde_json::to_string(&m)", &["contents", ">from"]);
    check("ctx.call(keep(m)).await", &["contents"]);
}

#[test]
fn receivers_are_asked_where_their_methods_suggest_it() {
    check("COUNTER.fetch_add(1, o)", &["handle", ">from"]);
    check("state::COUNTER.len()", &["handle"]);
    check("let p = 1; p.exists()", &["path", ">value"]);
    check("Path::exists(&p)", &["path", ">from"]);
    check("let t = 1; t.elapsed()", &["elapsed", ">value"]);
    check("m.lock().unwrap(); m.lock().unwrap();", &["handle", ">value", ">value"]);
}

#[test]
fn one_mistake_has_one_error() {
    check("let f = open(p)?; f.metadata()", &["from", ">path", ">value"]);
    check("let f = || read(); f()", &["handle"]);
    check("KEY.with(|k| k.elapsed())", &["handle", ">from"]);
}

#[test]
fn closures_are_asked_only_what_is_known_there() {
    check("v.map(|x| x.stop())", &[]);
    check("v.map(|x| x.keys().next())", &["handle"]);
    check("v.map(|x| convert(x))", &[]);
    check("v.map(|x| Clock::now())", &["handle"]);
    check("v.map(|x| Default::default())", &[]);
    check("v.map(|x| format!(\"{x:?}\"))", &[]);
}

#[test]
fn operands_of_references_keep_their_coercions() {
    let text = gated("take(&make());").unwrap_or_default();
    assert!(text.contains("& :: durable :: __private :: tie_lone (make ()"), "{text}");
    let text = gated("let x: Wide = make(|y| y);").unwrap_or_default();
    assert!(text.contains(":: durable :: __private :: tie (make (| y | y)"), "{text}");
}

#[test]
fn an_unfinished_body_stays_as_it_is() {
    assert_eq!(gated("let x = read(). ;"), None);
}
