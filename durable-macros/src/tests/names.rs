//! L1 on bodies, with the sources of a crate around them: items, body, codes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use proc_macro2::{Delimiter, Group};
use quote::format_ident;

use super::tokens;
use crate::determinism::{Checked, Crate, Owner, Place, Session, deny_within};

/// A crate on disk, gone when it is dropped.
struct Sources(PathBuf);

impl Sources {
    fn new(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("durable-macros-{}-{number}", std::process::id()));
        for (name, text) in files {
            let file = dir.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        Self(dir)
    }

    fn read(&self, options: &[&str]) -> Crate {
        let root = self.0.join("lib.rs").display().to_string();
        let arguments = ["rustc", "--edition=2024", &root].into_iter().chain(options.iter().copied());
        Crate::read(&Session::of(arguments.map(str::to_owned)).unwrap()).unwrap()
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The messages for a body that stands in the crate's first module.
fn messages(krate: &Crate, body: &str) -> Vec<String> {
    messages_at(krate, body, &krate.files[0], 0)
}

/// The messages for a body that stands at a line of a file.
fn messages_at(krate: &Crate, body: &str, file: &Path, line: usize) -> Vec<String> {
    let body = Group::new(Delimiter::Brace, tokens(body));
    let name = format_ident!("flow");
    let checked = Checked { role: "an orchestrator", name: &name, generics: None, inputs: Vec::new(), body: &body };
    deny_within(&checked, krate, file, line).texts()
}

/// `D0001 D0002`, in the order of the body.
fn codes(messages: &[String]) -> String {
    let code = |text: &String| text.split(['[', ']']).nth(1).unwrap().to_owned();
    messages.iter().map(code).collect::<Vec<String>>().join(" ")
}

#[track_caller]
fn check(items: &str, body: &str, expected: &str) {
    let sources = Sources::new(&[("lib.rs", items)]);
    let messages = messages(&sources.read(&[]), body);
    assert_eq!(codes(&messages), expected, "{body}\n{}", messages.join("\n"));
}

#[test]
fn paths_are_resolved_as_rustc_does() {
    check("use std::time::Instant;", "Instant::now();", "D0001");
    check("use std::time::Instant as T;", "T::now();", "D0001");
    check("use std::time;", "time::Instant::now();", "D0001");
    check("use std::{io, time::{self as t, Duration}};", "t::SystemTime::now(); io::stdin();", "D0001 D0004");
    check("use std::time::*;", "Instant::now(); Duration::from_secs(1);", "D0001");
    check("mod a { pub use std::time::*; } use a::*;", "Instant::now();", "D0001");
    check("mod a { pub use super::b::c; } mod b { pub use rand::random as c; }", "a::c::<u8>();", "D0002");
    check("type A = B; type B = std::time::Instant;", "A::now();", "D0001");
    check("extern crate rand as r;", "r::random();", "D0002");
    check("", "::std::time::Instant::now(); core::ptr::from_ref(&1);", "D0001 D0012");
    check("", "use std::time as t; use t::Instant; Instant::now();", "D0001");
    check("", "<std::time::Instant>::now();", "D0001");
    check("", "let f = std::time::Instant::now; f();", "D0001");
}

#[test]
fn names_of_the_user_are_the_users() {
    check("mod time { pub struct Instant; impl Instant { pub fn now() {} } }", "time::Instant::now();", "");
    check("struct Instant; impl Instant { fn now() {} }", "Instant::now();", "");
    check("use std::time::Instant;", "struct Instant; impl Instant { fn now() {} } Instant::now();", "");
    check("fn random() {} fn sleep() {}", "random(); sleep();", "");
    check("use rand::random;", "let random = |n: u8| n; random(1);", "");
    check("use rand::random;", "fn random() {} random();", "");
    check("use std::thread;", "let thread = 1; thread + thread;", "");
    check("use std::thread;", "let thread = 1; thread::spawn(f);", "D0006");
    check("macro_rules! println { () => {} }", "println!();", "");
    check("use std::sync::atomic::*;", "Ok(Some(Vec::<u8>::new()));", "");
    check("use std::sync::atomic::*; use std::cmp::*;", "AtomicU8::new(0); max(1, 2);", "D0008");
    check("enum E { Instant, Command } use E::*;", "Command; Instant;", "");
}

#[test]
fn patterns_strings_and_attributes_run_nothing() {
    check("", "match x { reqwest::Error => 1, std::fs::File => 2 };", "");
    check("", "\"std::time::Instant::now()\"; format!(\"{{:p}} {}\", \":p}\");", "");
    check("", "#[allow(std::fs::x)] let y = 1;", "");
    check("", "let y: std::sync::Mutex<u8> = z; let w = y as std::fs::File;", "");
}

#[test]
fn macros_are_read_as_what_they_look_like() {
    check("", "vec![rand::random::<u8>(), 1];", "D0002");
    check("", "format!(\"{t:?}\", t = std::time::Instant::now());", "D0001");
    check("", "tracing::info!(at = ?std::time::Instant::now(), \"x\");", "D0001");
    check("", "durable::select! { _ = a => { println!(); let random = 1; random(2); } };", "D0014");
    check("", "println!(); tokio::select! {}", "D0014 D0007");
    check("use futures::join;", "join!(a, b); durable::join!(a, b);", "D0007");
    check(
        "",
        "format!(\"{:p}\", x); format!(\"{x:#p}\"); write!(s, \"{:>8p}\", x); json!({ \"{:p}\": 1 });",
        "D0012 D0012 D0012",
    );
    check("", "durable::trust!(\"why\", std::env::var(\"X\")); trust!(\"why\", println!());", "");
    check("", "vec![trust!(\"why\", rand::random())];", "");
    check("macro_rules! m { () => { rand::random() } }", "m!();", "D0002");
    check("macro_rules! m { ($e:expr) => { $e + 1 } }", "m!(rand::random::<u8>());", "D0002");
}

/// Each of these once went round in the crate's own macros until the stack was full.
#[test]
fn macros_that_expand_to_themselves() {
    let max = "macro_rules! max { ($a:expr) => { $a }; \
               ($a:expr, $($rest:expr),+) => {{ let r = max!($($rest),+); if $a > r { $a } else { r } }}; }";
    check(max, "max!(1, n, 3);", "");
    check(max, "max!(1, rand::random::<u8>());", "D0002");
    check(&format!("{max} fn most() {{ max!(1, 2); }}"), "most();", "");
    check("macro_rules! map { (@one $e:expr) => { $e }; ($($e:expr)*) => { [$(map!(@one $e)),*] } }", "map!(1 2);", "");
    check(
        "macro_rules! count { () => { 0 }; ($head:tt $($tail:tt)*) => { 1 + count!($($tail)*) } }",
        "count!(a b);",
        "",
    );
    check(
        "macro_rules! a { () => { 0 }; ($x:tt) => { b!() } } macro_rules! b { () => { a!() }; ($x:tt) => { a!(1) } }",
        "a!(); b!();",
        "",
    );
    check(
        "macro_rules! a { () => { b!() } } macro_rules! b { () => { a!() }; (1) => { std::time::Instant::now() } }",
        "a!(); b!(); a!();",
        "D0001 D0001 D0001",
    );
    check("macro_rules! clock { () => { clock!(1) }; (1) => { std::time::Instant::now() } }", "clock!();", "D0001");
    check("macro_rules! format { ($($t:tt)*) => { std::format!($($t)*) } }", "format!(\"{}\", 1);", "");
    check("macro_rules! println { ($($t:tt)*) => { std::println!($($t)*) } }", "println!(\"\");", "D0014");
    check(
        "mod m { #[macro_export] macro_rules! now { () => { $crate::now!(1) }; (1) => { rand::random() } } }",
        "crate::now!();",
        "D0002",
    );
    check(
        "macro_rules! a { () => { f() } } fn f() { a!(); g() } fn g() { f(); h() } fn h() { g(); println!() }",
        "h(); g(); f(); a!();",
        "D0014 D0014 D0014 D0014",
    );
}

/// Not one of these is walked more than once, else this would not end.
#[test]
fn circles_of_many_macros_and_functions() {
    let all: String = (0..24).map(|n| format!("m{n}!(); f{n}(); ")).collect();
    let items: String =
        (0..24).map(|n| format!("macro_rules! m{n} {{ () => {{ {all} }} }} fn f{n}() {{ {all} }}\n")).collect();
    check(&items, "m0!(); f7(); m23!();", "");
    check(&format!("{items} fn g() {{ f3(); println!() }}"), "f0(); g();", "D0014");
}

#[test]
fn what_only_the_compiler_looks_at_runs_nothing() {
    check("fn any() { println!() }", "stringify!(rand::random()); cfg!(any(unix, windows));", "");
    check("", "std::stringify!(unsafe { std::process::id() }); concat!(\"a\", stringify!(println!()));", "");
    check("", "env!(\"HOME\"); std::env!(\"HOME\"); option_env!(\"HOME\"); line!(); file!(); module_path!();", "");
    check("", "vec![stringify!(rand::random())]; vec![x => stringify!(rand::random()) rand::random()];", "D0002");
    check("fn f() { stringify!(rand::random()); }", "f();", "");
    check("macro_rules! m { () => { stringify!(rand::random()) } }", "m!();", "");
    check("macro_rules! line { ($e:expr) => { $e } }", "line!(rand::random::<u8>());", "D0002");
    check("", "macro_rules! file { ($e:expr) => { $e } } file!(rand::random::<u8>());", "D0002");
}

#[test]
fn constructs_without_a_path() {
    check("", "unsafe { *p };", "D0017");
    check("", "unsafe { std::mem::transmute::<u8, i8>(std::process::id()) };", "D0017");
    check("", "&x as *const u8 as *const i8 as usize; &raw const x;", "D0012 D0012");
    check("fn f() {}", "f as usize; 1u8 as usize;", "D0012");
    check("", "let f = async |x| x;", "D0016");
    check("", "static N: std::sync::atomic::AtomicU8 = x; static S: &str = \"\"; static mut M: u8 = 0;", "D0008 D0008");
    check("", "extern \"C\" { fn time(); }", "D0017");
    check("", "v.as_ptr(); xs.par_iter(); y.catch_unwind();", "D0012 D0006 D0011");
}

#[test]
fn side_effects_are_free() {
    check("", "ctx.side_effect(|| std::env::var(\"X\")); std::env::var(\"X\");", "D0003");
}

#[test]
fn calls_within_the_crate_are_followed() {
    let random = "fn id() -> u64 { rand::random() }";
    check(random, "id(); v.map(id);", "D0002 D0002");
    check(&format!("{random} fn a() {{ b() }} fn b() {{ id(); }}"), "a();", "D0002");
    check("fn a(n: u8) { b(n) } fn b(n: u8) { if n > 0 { a(n) } else { println!() } }", "b(1);", "D0014");
    check("fn even(n: u8) { odd(n) } fn odd(n: u8) { even(n) }", "even(1);", "");
    check("#[activity] fn work() { println!() } #[durable::helper] fn h() { println!() }", "work(); h();", "");
    check("use durable::activity as act; #[act] fn work() { println!() }", "work();", "");
    check("struct G; impl G { fn get(&self) { rand::random() } }", "let g = G; g.get(); other.get();", "D0002");
    check("struct G; impl G { fn fresh(&self) { rand::random() } }", "unknown().fresh();", "D0002");
    check(
        "struct A { g: G } struct G; impl G { fn get(&self) { rand::random() } }",
        "let a = A { g: G }; a.g.get();",
        "D0002",
    );
    check(
        "trait T { fn t(&self); } struct A; struct B; impl T for A { fn t(&self) { println!() } } impl T for B { fn t(&self) {} }",
        "A.t(); B.t(); let x: Box<dyn T> = y; x.t();",
        "D0014",
    );
    check("fn safe(p: &u8) -> u8 { unsafe { *(p as *const u8) } }", "safe(&1);", "");
    check("use std::collections::HashMap; fn sorted(m: &HashMap<u8, u8>) { m.iter(); }", "sorted(&m);", "");
}

#[test]
fn statics_are_state_or_constants() {
    check("static N: &str = \"\"; const M: u8 = 1; static T: [&str; 1] = [\"\"];", "N.len() + M + T.len();", "");
    check("use std::sync::Mutex; static M: Mutex<u8> = Mutex::new(1);", "M.lock();", "D0008");
    check("struct S { n: std::sync::atomic::AtomicU8 } static X: S = y;", "X.n;", "D0008");
    check("thread_local! { static C: Cell<u8> = Cell::new(1); }", "C.with(f);", "D0008");
    check("use std::sync::LazyLock; static L: LazyLock<Vec<u8>> = LazyLock::new(|| vec![1]);", "L.len();", "");
    check("use std::sync::LazyLock; static L: LazyLock<u8> = LazyLock::new(|| rand::random());", "*L;", "D0002");
    check("lazy_static! { static ref A: u8 = rand::random(); static ref B: u8 = 1; }", "*A; *B;", "D0002");
    check("const CLOCK: fn() -> T = std::time::Instant::now;", "CLOCK();", "D0001");
}

#[test]
fn modules_are_read_from_their_files() {
    let sources = Sources::new(&[
        (
            "lib.rs",
            "mod util;\n#[path = \"odd/place.rs\"]\nmod other;\nmod inline { pub mod deep; }\n#[cfg(test)]\nmod gone;",
        ),
        ("util.rs", "pub mod ids;\n\npub fn stamp() -> u64 {\n    ids::id()\n}"),
        ("util/ids.rs", "pub fn id() -> u64 {\n    rand::random()\n}"),
        ("odd/place.rs", "pub fn f() { println!() }"),
        ("inline/deep/mod.rs", "pub use crate::other::f as g;"),
        ("gone.rs", "pub fn f() { println!() }"),
    ]);
    let krate = sources.read(&[]);
    let body = "util::stamp(); other::f(); inline::deep::g(); gone::f();";
    let messages = messages(&krate, body);
    assert_eq!(codes(&messages), "D0002 D0014 D0014");
    let path =
        messages[0].lines().nth(2).unwrap().replace(&format!("{}/", sources.0.canonicalize().unwrap().display()), "");
    assert_eq!(
        path,
        "`flow` uses `stamp` (util.rs:3), which uses `id` (util/ids.rs:1), which uses `rand::random` (util/ids.rs:2)"
    );
    // With `--test` the other module is there.
    assert_eq!(codes(&self::messages(&sources.read(&["--test"]), "gone::f();")), "D0014");
}

#[test]
fn a_line_of_a_file_is_a_place_in_a_module() {
    let sources = Sources::new(&[
        ("lib.rs", "mod a;\nmod b {\n    struct S;\n    impl S {\n        fn f() {}\n    }\n}\nfn last() {}"),
        ("a.rs", "fn only() {}"),
    ]);
    let krate = sources.read(&[]);
    let place = |file: &str, line| krate.place(&sources.0.join(file), line).unwrap();
    assert_eq!(place("lib.rs", 8), Place { module: 0, owner: Owner::None });
    assert_ne!(place("lib.rs", 3).module, 0);
    assert_eq!(place("lib.rs", 5).owner, Owner::Impl(0));
    assert_ne!(place("a.rs", 1).module, place("lib.rs", 3).module);
    assert_eq!(krate.place(&sources.0.join("c.rs"), 1), None);
}

#[test]
fn a_function_within_a_function_sees_its_names() {
    let items = "fn id() -> u64 { rand::random() }\n#[test]\nfn outer() {\n    use std::process::id as pid;\n    fn id() {}\n    {\n        use std::env::var;\n        // here\n    }\n}";
    let sources = Sources::new(&[("lib.rs", items)]);
    let krate = sources.read(&["--test"]);
    let at = |line| codes(&messages_at(&krate, "pid(); id(); var(x);", &krate.files[0], line));
    assert_eq!(at(8), "D0009 D0003");
    assert_eq!(at(5), "D0009");
    assert_eq!(at(1), "D0002");
}

#[test]
fn features_and_renamed_dependencies_stand_on_the_command_line() {
    let items = "#[cfg(feature = \"x\")] fn f() { println!() } #[cfg(not(feature = \"x\"))] fn f() {}";
    let sources = Sources::new(&[("lib.rs", items)]);
    assert_eq!(codes(&messages(&sources.read(&[]), "f();")), "");
    assert_eq!(codes(&messages(&sources.read(&["--cfg", "feature=\"x\""]), "f();")), "D0014");
    let renamed = sources.read(&["--extern", "dice=/target/librand-0123.rlib"]);
    assert_eq!(codes(&messages(&renamed, "dice::random();")), "D0002");
}

#[test]
fn the_message_says_what_why_and_instead() {
    let sources = Sources::new(&[("lib.rs", "use std::time::SystemTime as Wall;")]);
    expect(
        &messages(&sources.read(&[]), "Wall::now();")[0],
        "`Wall::now` (`std::time::SystemTime::now`) reads the clock: not in an orchestrator [D0001]\n\n\
         why: a replay would read another time than the first run did\n\
         help: write `ctx.now()`: the recorded time of this turn\n\
         more: `cargo durable explain D0001`",
    );
}

#[track_caller]
fn expect(found: &str, expected: &str) {
    assert_eq!(found, expected);
}
