//! Bodies: large ones are compressed, and a codec of the application's sees all.

use std::num::NonZeroU8;

use durable_core::history::{Event, PackedTurn};
use durable_core::limits::COMPRESS_FROM_BYTES;
use durable_core::store::{
    Claim, Commit, Delivery, InstanceUpdate, NextExecution, Offer, Ownership, Recipient, Status, Store, StoreError,
    Subject,
};
use durable_core::{ExecutionId, InstanceId, Payload};
use durable_sqlite::{PayloadCodec, SqliteOptions, SqliteStore};

use crate::{apply, at, commit, new, open, owned, place, query, turn, wait, worker};

/// Each byte exclusive-or this one.
struct Xor(u8);

impl PayloadCodec for Xor {
    fn id(&self) -> NonZeroU8 {
        NonZeroU8::new(self.0).unwrap()
    }

    fn encode(&self, mut body: Vec<u8>) -> Vec<u8> {
        body.iter_mut().for_each(|byte| *byte ^= self.0);
        body
    }

    fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, String> {
        Ok(self.encode(stored.to_vec()))
    }
}

fn text(bytes: usize) -> Payload {
    Payload::encode(&"secret ".repeat(bytes / 7)).unwrap()
}

fn raised(bytes: usize) -> Event {
    Event::EventRaised { name: "e".into(), payload: text(bytes) }
}

fn large(seq: u64, bytes: usize) -> PackedTurn {
    PackedTurn { body: format!("[{{\"secret\":\"{}\"}}]", "secret ".repeat(bytes / 7)).into(), ..turn(seq, 1) }
}

fn update(custom: usize) -> InstanceUpdate {
    InstanceUpdate {
        status: Status::Running,
        ownership: Ownership::Keep,
        parked_reason: None,
        crashes: 0,
        custom_status: Some(text(custom)),
        mark: None,
    }
}

/// Writes bodies of this size on every way, and reads them back on every way.
#[track_caller]
fn check(store: &SqliteStore, bytes: usize) {
    let lease = worker(store);
    let id = InstanceId::new(format!("i{bytes}")).unwrap();
    let first = Commit { update: Some(update(bytes)), ..new(id.as_str(), Some(lease), Some(large(0, bytes))) };
    let key = apply(store, vec![first])[0];
    let deliveries = vec![Delivery { to: Recipient::Subject, message: raised(bytes) }];
    let turns = Commit { update: Some(update(bytes + 7)), deliveries, ..owned(lease, key, large(1, bytes)) };
    apply(store, vec![turns]);
    // The slow path.
    let subject = Subject::Existing { id: id.clone(), unpark: false };
    let deliveries = vec![Delivery { to: Recipient::Subject, message: raised(bytes + 7) }];
    apply(store, vec![Commit { deliveries, ..commit(subject, None) }]);
    let seen = || {
        let history = wait(store.history(key, ExecutionId(0))).unwrap();
        assert_eq!(history, [large(0, bytes), large(1, bytes)]);
        assert_eq!(wait(store.last_turn(key, ExecutionId(0))).unwrap().unwrap(), large(1, bytes));
        let record = wait(store.instance(id.clone())).unwrap().unwrap();
        assert_eq!(record.custom_status, Some(text(bytes + 7)));
        let mail: Vec<Event> =
            wait(store.inbox()).unwrap().into_iter().filter(|m| m.to == key).map(|m| m.message).collect();
        assert_eq!(mail, [raised(bytes), raised(bytes + 7)]);
    };
    seen();
    wait(store.release_worker(lease, at(1))).unwrap();
    let lease = worker(store);
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    let claimed = wait(store.claim(Claim { lease, offers, now: at(2), limit: 1 })).unwrap();
    assert_eq!(claimed[0].turns.len(), 2);
    assert_eq!(claimed[0].inbox.iter().map(|m| &m.message).collect::<Vec<_>>(), [&raised(bytes), &raised(bytes + 7)]);
    seen();
    // What waits is carried over unread.
    let next = NextExecution {
        name: "f".into(),
        version: String::new(),
        messages: vec![raised(14)],
        history: vec![large(0, bytes)],
        keeps: true,
    };
    apply(store, vec![Commit { next: Some(next), ..owned(lease, key, turn(2, 1)) }]);
    let mail: Vec<Event> =
        wait(store.inbox()).unwrap().into_iter().filter(|m| m.to == key).map(|m| m.message).collect();
    assert_eq!(mail, [raised(14), raised(bytes), raised(bytes + 7)]);
    assert_eq!(wait(store.history(key, ExecutionId(1))).unwrap(), [large(0, bytes)]);
    wait(store.release_worker(lease, at(3))).unwrap();
}

const SIZES: [usize; 4] = [21, COMPRESS_FROM_BYTES, 100_000, 3_000_000];

#[test]
fn what_is_large_is_compressed_and_comes_back() {
    let (_dir, path) = place();
    let store = open(&path);
    for bytes in SIZES {
        check(&store, bytes);
    }
    wait(store.close()).unwrap();
    let stored = query(&path, "SELECT max(length(events)), max(codec), min(codec) FROM durable_turns");
    assert_eq!(stored[0][1..], ["257", "1"]);
    assert!(stored[0][0].parse::<usize>().unwrap() < 50_000, "{stored:?}");
    let types = "SELECT DISTINCT type FROM history_events WHERE instance = 'i3000000' AND execution = 1";
    assert_eq!(query(&path, types), [["Compressed"]]);
    assert_eq!(
        query(&path, "SELECT typeof(events), codec FROM durable_turns WHERE instance = 1 GROUP BY 1"),
        [["text", "1"]]
    );
}

#[test]
fn a_codec_of_the_application_sees_every_body() {
    let (_dir, path) = place();
    let with = |id| wait(SqliteOptions::new(&path).payload_codec(Xor(id)).open()).unwrap();
    let store = with(9);
    for bytes in SIZES {
        check(&store, bytes);
    }
    wait(store.close()).unwrap();
    let readable = "SELECT (SELECT count(*) FROM durable_turns WHERE codec < 65536 OR instr(events, 'secret')), \
        (SELECT count(*) FROM durable_inbox WHERE codec < 65536 OR instr(message, 'secret')), \
        (SELECT count(*) FROM durable_instances WHERE instr(custom_status, 'secret')), \
        (SELECT count(DISTINCT type) FROM history_events WHERE type = 'Encoded')";
    assert_eq!(query(&path, readable), [["0", "0", "0", "1"]]);
    let files = std::fs::read(&path).unwrap();
    assert!(!files.windows(13).any(|part| part == b"secret secret"));
    // Another codec, or none: said by name, and nothing else stops.
    for (store, says) in [(open(&path), "with none"), (with(8), "with codec 8")] {
        let id = InstanceId::new("i21").unwrap();
        let errors = [
            wait(store.history(durable_core::InstanceKey(1), ExecutionId(0))).err(),
            wait(store.instance(id)).err(),
            wait(store.inbox()).err(),
        ];
        for error in errors {
            let Some(StoreError::Corrupt(text)) = error else { panic!("{error:?}") };
            assert!(text.contains("payload codec 9") && text.contains(says), "{text}");
        }
        let lease = worker(&store);
        let offers = vec![Offer { name: "f".into(), version: String::new() }];
        let claimed = wait(store.claim(Claim { lease, offers, now: at(9), limit: 10 })).unwrap();
        assert!(claimed.is_empty());
        wait(store.close()).unwrap();
    }
    // The right one again: what could not be read was parked, and goes on.
    let store = with(9);
    let offers = vec![Offer { name: "f".into(), version: String::new() }];
    assert_eq!(wait(store.unpark(offers, at(10))).unwrap(), SIZES.len() as u64);
}

#[test]
fn what_was_written_before_the_codec_stays_readable() {
    let (_dir, path) = place();
    let store = open(&path);
    let lease = worker(&store);
    let key = apply(&store, vec![new("a", Some(lease), Some(large(0, 100_000)))])[0];
    wait(store.close()).unwrap();
    let store = wait(SqliteOptions::new(&path).payload_codec(Xor(9)).open()).unwrap();
    assert_eq!(wait(store.history(key, ExecutionId(0))).unwrap(), [large(0, 100_000)]);
}
