//! Arguments of the attributes.

use std::time::Duration;

use super::tokens;
use crate::diagnostics::Errors;
use crate::model::Retry;
use crate::parse;

/// The first lines of the errors in the arguments of `#[activity(..)]`.
#[track_caller]
fn check(arguments: &str, expected: &[&str]) {
    let mut errors = Errors::default();
    parse::activity(tokens(arguments), &mut errors);
    let texts = errors.texts();
    let firsts: Vec<&str> = texts.iter().map(|t| t.lines().next().unwrap()).collect();
    assert_eq!(firsts, expected, "{arguments}");
}

#[test]
fn all_arguments_are_read() {
    let mut errors = Errors::default();
    let arguments = parse::activity(
        tokens(
            r#"name = "copy-file", retry(max_attempts = 5, first = "250ms", backoff = 2, max_interval = "1h"),
               timeout = "2m", needs(Pool, Vec<(u8, u8)>),"#,
        ),
        &mut errors,
    );
    assert_eq!(errors.texts(), [""; 0]);
    assert_eq!(arguments.name.as_deref(), Some("copy-file"));
    assert_eq!(arguments.timeout, Some(Duration::from_secs(120)));
    assert_eq!(arguments.needs.len(), 2);
    let retry = Retry {
        max_attempts: 5,
        first: Duration::from_millis(250),
        backoff: Some(2.0),
        max_interval: Some(Duration::from_secs(3600)),
    };
    assert_eq!(arguments.retry, Some(retry));

    let mut errors = Errors::default();
    let arguments = parse::orchestrator(tokens(r#"version = "2", name = "hello""#), &mut errors);
    assert!(errors.is_empty());
    assert_eq!((arguments.name.as_deref(), arguments.version.as_deref()), (Some("hello"), Some("2")));
}

#[test]
fn durations() {
    for (text, expected) in [
        ("250ms", Some(Duration::from_millis(250))),
        ("1s", Some(Duration::from_secs(1))),
        ("5m", Some(Duration::from_secs(300))),
        ("2h", Some(Duration::from_secs(7_200))),
        ("7d", Some(Duration::from_secs(604_800))),
        ("0s", Some(Duration::ZERO)),
        ("", None),
        ("s", None),
        ("5", None),
        ("1.5s", None),
        ("-1s", None),
        ("+1s", None),
        ("1 s", None),
        ("1S", None),
        ("1min", None),
        ("99999999999999999999s", None),
        ("999999999999999999d", None),
    ] {
        assert_eq!(parse::duration_of(text), expected, "{text:?}");
    }
}

#[test]
fn mistakes() {
    const DURATION: &str =
        "a duration is a whole number with `ms`, `s`, `m`, `h` or `d`, such as \"250ms\", \"30s\" or \"2h\"";
    check("nam = \"x\"", &["unknown argument `nam`"]);
    check("name", &["`name` needs a value: `name = …`"]);
    check("name = 3", &["expected string literal"]);
    check("name = \"a\" \"b\"", &["unexpected token"]);
    check("name = \"\"", &["1 to 256 characters are allowed here, not 0"]);
    check("name = \"a\", name = \"b\"", &["`name` is given twice"]);
    check("\"copy\"", &["expected `key = value`"]);
    check("timeout = \"soon\"", &[DURATION]);
    check("timeout = 30", &[DURATION]);
    check("timeout = \"0s\"", &["the duration is zero; leave the argument out for none"]);
    check("retry", &["`retry` needs a list: `retry(…)`"]);
    check("retry()", &["`retry` needs a list: `retry(…)`"]);
    check("retry(max_attempts = 3)", &["`retry` needs `max_attempts` and `first`"]);
    check("retry(max_attempts = 0, first = \"1s\")", &["`max_attempts` counts the first run: it is at least 1"]);
    check("retry(max_attempts = 1, first = \"1s\", jitter = 1)", &["unknown argument `jitter`"]);
    for backoff in ["0.99", "0"] {
        let arguments = format!("retry(max_attempts = 2, first = \"1s\", backoff = {backoff})");
        check(&arguments, &["`backoff` is the factor from one delay to the next: it is at least 1"]);
    }
    check("needs", &["`needs` needs a list: `needs(…)`"]);
    check(
        "version = \"2\"",
        &[
            "no `version` here: only orchestrators have versions: an activity's code may change freely, give a new one a new name",
        ],
    );
    check(
        "nam = \"x\", timeout = 3, retry(max_attempts = 0, first = \"\")",
        &["unknown argument `nam`", DURATION, "`max_attempts` counts the first run: it is at least 1", DURATION],
    );
}
