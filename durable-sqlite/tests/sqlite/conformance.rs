//! The suite that every store passes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use durable_testkit::conformance::CASES;

use crate::{open, place, query, wait};

#[test]
fn the_store_conforms() {
    let mut failed = Vec::new();
    for (name, case) in CASES {
        let (_dir, path) = place();
        let store = open(&path);
        eprintln!("{name}");
        if catch_unwind(AssertUnwindSafe(|| wait(case(Arc::new(store.clone()))))).is_err() {
            failed.push(*name);
        }
        drop(store);
        assert_eq!(query(&path, "PRAGMA integrity_check"), [["ok"]], "{name}");
        assert_eq!(query(&path, INVARIANTS), [["0", "0", "0", "0"]], "{name}");
    }
    assert!(failed.is_empty(), "{} of {} cases fail: {failed:#?}", failed.len(), CASES.len());
}

/// What holds in every hub: turns follow each other without gap (I1), no row belongs to nobody,
/// and wake times stand only where a claim may find them.
pub(crate) const INVARIANTS: &str = "SELECT \
    (SELECT count(*) FROM (SELECT seq, lag(seq + count, 1, 0) OVER (PARTITION BY instance, execution ORDER BY seq) AS expected \
        FROM durable_turns) WHERE seq <> expected), \
    (SELECT count(*) FROM durable_turns LEFT JOIN durable_instances AS i ON i.key = instance WHERE i.execution IS NULL OR i.execution < durable_turns.execution), \
    (SELECT count(*) FROM durable_inbox LEFT JOIN durable_instances AS i ON i.key = instance WHERE i.key IS NULL), \
    (SELECT count(*) FROM durable_instances WHERE wake_at IS NOT NULL AND (owner IS NOT NULL OR status NOT IN ('Pending', 'Running', 'Suspended')))";
