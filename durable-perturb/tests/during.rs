//! What a thread sees inside of `during`, and what it and the others see outside.

#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
// Tests say what they expect by unwrapping.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use durable_perturb::{Sighting, What, during};

const DAY: Duration = Duration::from_secs(86_400);

fn never() -> bool {
    false
}

fn random() -> [u8; 40] {
    let mut bytes = [0; 40];
    // SAFETY: there are 40 bytes.
    let len = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    assert_eq!(len, 40);
    bytes
}

/// How far ahead both clocks of `std` are of what they were.
fn ahead(began: (SystemTime, Instant)) -> (Duration, Duration) {
    (SystemTime::now().duration_since(began.0).unwrap(), Instant::now() - began.1)
}

fn clocks() -> (SystemTime, Instant) {
    (SystemTime::now(), Instant::now())
}

#[track_caller]
fn check(f: impl FnOnce(), expected: &[What]) {
    let here = std::panic::Location::caller().line();
    let ((), seen) = during(0, never, f);
    let whats: Vec<What> = seen.iter().map(|s| s.what).collect();
    assert_eq!(whats, expected, "{seen:?}");
    for Sighting { at, .. } in seen {
        assert_eq!(at.unwrap(), format!("tests/during.rs:{here}"));
    }
}

#[test]
fn each_kind_is_seen_with_its_line() {
    let began = Instant::now();
    check(|| assert!(SystemTime::now() > SystemTime::UNIX_EPOCH), &[What::Clock]);
    check(|| drop(std::env::var("PATH")), &[What::Environment]);
    check(|| std::thread::sleep(DAY), &[What::Sleep]);
    check(|| drop(std::fs::File::open("/etc/passwd")), &[What::File]);
    check(|| drop(std::fs::metadata("/etc/passwd")), &[What::File]);
    check(|| drop(std::net::UdpSocket::bind("127.0.0.1:0")), &[What::Network]);
    check(|| (0..1000).for_each(|_| assert!(Instant::now() > began)), &[What::Clock]);
    check(|| drop(HashMap::<u8, u8>::new()), &[]);
    check(|| drop(std::fs::File::open("/proc/self/maps")), &[]);
    check(|| drop(std::backtrace::Backtrace::force_capture().to_string()), &[]);
}

#[test]
fn clocks_are_ahead_and_go_on() {
    let began = clocks();
    let (inside, _) = during(3, never, || (ahead(began), ahead(began)));
    let ((wall, monotonic), later) = inside;
    assert!(wall > 400 * DAY && monotonic > 400 * DAY, "{inside:?}");
    assert!(later.0 >= wall + Duration::from_secs(3600) && later.1 > monotonic, "{inside:?}");
    assert!(ahead(began).0 < DAY && ahead(began).1 < DAY);
}

#[test]
fn random_bytes_follow_from_the_seed() {
    let draw = |seed| during(seed, never, || [random(), random()]).0;
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_ne!(draw(1)[0], draw(1)[1]);
    assert_ne!(random(), random());
}

#[test]
fn variables_come_and_go() {
    let look = || (std::env::var("PATH").is_ok(), std::env::var("DURABLE_NO_SUCH").is_ok());
    assert_eq!(look(), (true, false));
    assert_eq!(during(0, never, look).0, (false, true));
    assert_eq!(look(), (true, false));
}

#[test]
fn what_is_exempt_is_as_it_is() {
    let began = clocks();
    let (seen, sightings) = during(0, || true, || (ahead(began), std::env::var("PATH").is_ok()));
    assert!(seen.0.0 < DAY && seen.0.1 < DAY && seen.1 && sightings.is_empty());
}

#[test]
fn other_threads_see_what_there_is() {
    let began = clocks();
    let (elsewhere, _) = during(0, never, || std::thread::spawn(move || ahead(began)).join().unwrap());
    assert!(elsewhere.0 < DAY && elsewhere.1 < DAY);
}

#[test]
fn it_ends_with_a_panic_and_is_one_when_nested() {
    let began = clocks();
    let panicked = std::panic::catch_unwind(|| during(0, never, || panic!("on purpose")).0);
    assert!(panicked.is_err() && ahead(began).0 < DAY);
    let ((_, inner), outer) = during(0, never, || during(1, never, SystemTime::now));
    assert!(inner.is_empty());
    assert_eq!(outer.len(), 1);
    assert!(ahead(began).0 < DAY);
}

#[test]
fn outside_everything_is_as_it_was() {
    let began = Instant::now();
    std::thread::sleep(Duration::from_millis(20));
    assert!(began.elapsed() >= Duration::from_millis(20));
    let missing = std::fs::File::open("/no/such/file").unwrap_err();
    assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
    let path = std::env::temp_dir().join(format!("durable-perturb-{}", std::process::id()));
    std::fs::write(&path, "text").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 4);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
    std::fs::remove_file(&path).unwrap();
    let listener = std::net::TcpListener::bind("localhost:0").unwrap();
    std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
}
