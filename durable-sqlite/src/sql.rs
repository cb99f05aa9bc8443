//! The scripts of a commit: one text per set of statements that a batch needs.
//!
//! The text never depends on how many rows a batch has, so a batch of one and a batch of a
//! thousand run the same number of statements, and each text is prepared once.

use std::sync::{Arc, OnceLock};

use sqlx::AssertSqlSafe;

use crate::records::RecordSql;
use crate::script::Args;
use crate::writes::{Encoded, KEEP, REST, SLEEP};

/// An expression whose evaluation stops the script: how a check inside one refuses a batch.
/// `changes()` keeps SQLite from evaluating it ahead of time.
pub(crate) const REFUSE: &str = "abs(-9223372036854775807 - 1 + 0 * changes())";

/// What SQLite says then. Nothing else in these scripts can overflow.
pub(crate) const REFUSED: &str = "integer overflow";

/// Which statements a script has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(u8);

impl Parts {
    /// `BEGIN`, and the check of the lease and of all bases.
    const CHECK: u8 = 1;
    /// `BEGIN`, without a check: no commit of the batch has a lease.
    const BEGIN: u8 = 2;
    const REPLACE: u8 = 4;
    const INSERT: u8 = 8;
    const TURNS: u8 = 16;
    const CONSUMED: u8 = 32;
    const DELIVERIES: u8 = 64;
    const UPDATES: u8 = 128;

    fn has(self, part: u8) -> bool {
        self.0 & part != 0
    }

    fn of(encoded: &Encoded) -> u8 {
        let flag = |on: bool, part: u8| if on { part } else { 0 };
        flag(!encoded.replaced.is_empty(), Self::REPLACE)
            | flag(!encoded.inserts.is_empty(), Self::INSERT)
            | flag(!encoded.turns.is_empty(), Self::TURNS)
            | flag(!encoded.consumed.is_empty(), Self::CONSUMED)
            | flag(!encoded.deliveries.is_empty(), Self::DELIVERIES)
            | flag(!encoded.updates.is_empty(), Self::UPDATES)
    }
}

/// A script's text and the index of its COMMIT.
#[derive(Clone)]
pub(crate) struct CommitScript {
    text: Arc<str>,
    pub(crate) commit_index: usize,
}

impl CommitScript {
    pub(crate) fn text(&self) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.text))
    }
}

/// What the check at the beginning of a script wants to find.
pub(crate) struct Check {
    pub(crate) worker: i64,
    pub(crate) epoch: i64,
    /// Instance, execution, and end of its history.
    pub(crate) bases: crate::records::Records<3>,
}

/// The script that checks, writes and commits in one call.
pub(crate) fn whole(check: Option<Check>, encoded: Encoded) -> (CommitScript, Args) {
    let begin = if check.is_some() { Parts::CHECK } else { Parts::BEGIN };
    let parts = Parts(begin | Parts::of(&encoded));
    (script(parts), args(check, encoded))
}

/// The script that writes and commits in a transaction that is open.
pub(crate) fn rest(encoded: Encoded) -> (CommitScript, Args) {
    (script(Parts(Parts::of(&encoded))), args(None, encoded))
}

fn args(check: Option<Check>, e: Encoded) -> Args {
    let inserts = e.inserts.len() as i64;
    let check = check.map(|c| (c.worker, c.epoch, c.bases.len() as i64, c.bases.numbers));
    let (worker, epoch, bases, numbers) = check.unwrap_or_default();
    Args::default()
        .with(worker)
        .with(epoch)
        .with(bases)
        .with(numbers)
        .with(e.replaced.numbers)
        .with(inserts)
        .with(e.inserts.numbers)
        .with(e.inserts.texts)
        .with(e.turns.numbers)
        .with(e.turns.texts)
        .with(e.consumed.numbers)
        .with(e.deliveries.numbers)
        .with(e.deliveries.texts)
        .with(e.updates.numbers)
        .with(e.updates.texts)
}

const BASES: RecordSql = RecordSql { numbers: 4, texts: 0, fields: 3 };
const REPLACED: RecordSql = RecordSql { numbers: 5, texts: 0, fields: 1 };
const INSERTS: RecordSql = RecordSql { numbers: 7, texts: 8, fields: 16 };
const TURNS: RecordSql = RecordSql { numbers: 9, texts: 10, fields: 7 };
const CONSUMED: RecordSql = RecordSql { numbers: 11, texts: 0, fields: 1 };
const DELIVERIES: RecordSql = RecordSql { numbers: 12, texts: 13, fields: 5 };
const UPDATES: RecordSql = RecordSql { numbers: 14, texts: 15, fields: 9 };

fn script(parts: Parts) -> CommitScript {
    static SCRIPTS: [OnceLock<CommitScript>; 256] = [const { OnceLock::new() }; 256];
    SCRIPTS[usize::from(parts.0)].get_or_init(|| compose(parts)).clone()
}

/// Makes the statements of a part.
type Group = fn() -> Vec<String>;

fn compose(parts: Parts) -> CommitScript {
    let mut statements = Vec::new();
    if parts.has(Parts::CHECK | Parts::BEGIN) {
        statements.push("BEGIN IMMEDIATE".to_owned());
    }
    let groups: [(u8, Group); 7] = [
        (Parts::CHECK, check),
        (Parts::REPLACE, replace),
        (Parts::INSERT, insert),
        (Parts::TURNS, turns),
        (Parts::CONSUMED, consumed),
        (Parts::DELIVERIES, deliveries),
        (Parts::UPDATES, updates),
    ];
    statements.extend(groups.into_iter().filter(|(part, _)| parts.has(*part)).flat_map(|(_, group)| group()));
    let commit_index = statements.len();
    statements.push("COMMIT".to_owned());
    CommitScript { text: statements.join(";\n").into(), commit_index }
}

/// The lease is current, it owns all these instances, and each history ends where it should.
fn check() -> Vec<String> {
    let (with, key, execution, seq) = (BASES.with(), BASES.number(0), BASES.number(1), BASES.number(2));
    vec![format!(
        "{with} SELECT CASE WHEN (SELECT epoch FROM workers WHERE id = $1) IS NOT $2 OR (\
         SELECT count(*) FROM r CROSS JOIN instances AS i ON i.key = {key} \
         WHERE i.owner = $1 AND i.execution = {execution} AND {end} = {seq}\
         ) IS NOT $3 THEN {REFUSE} END",
        end = history_end("i.key", "i.execution"),
    )]
}

/// The number of the event that follows an execution's history.
pub(crate) fn history_end(key: &str, execution: &str) -> String {
    format!(
        "coalesce((SELECT t.seq + t.count FROM turns AS t \
         WHERE t.instance = {key} AND t.execution = {execution} ORDER BY t.seq DESC LIMIT 1), 0)"
    )
}

fn replace() -> Vec<String> {
    let (with, key) = (REPLACED.with(), REPLACED.number(0));
    let of = [("turns", "instance"), ("inbox", "instance"), ("instances", "key")];
    of.map(|(table, column)| format!("{with} DELETE FROM {table} WHERE {column} IN (SELECT {key} FROM r)")).into()
}

fn insert() -> Vec<String> {
    let r = INSERTS;
    let insert = format!(
        "{with} INSERT OR IGNORE INTO instances (key, id, execution, name, version, status, parked_reason, \
         created_at, updated_at, owner, wake_at, crashes) \
         SELECT {key}, {id}, {execution}, {name}, {version}, {status}, {reason}, {now}, {now}, {owner}, {wake}, {crashes} \
         FROM r",
        with = r.with(),
        key = r.number(0),
        id = r.text(1),
        execution = r.number(3),
        name = r.text(4),
        version = r.text(6),
        status = r.text(8),
        reason = r.text_or_null(10),
        now = r.number(12),
        owner = r.number_or_null(13),
        wake = r.number_or_null(14),
        crashes = r.number(15),
    );
    vec![insert, format!("SELECT CASE WHEN changes() <> $6 THEN {REFUSE} END")]
}

fn turns() -> Vec<String> {
    let r = TURNS;
    vec![format!(
        "{with} INSERT INTO turns (instance, execution, seq, count, codec, events) \
         SELECT {instance}, {execution}, {seq}, {count}, {codec}, {events} FROM r",
        with = r.with(),
        instance = r.number(0),
        execution = r.number(1),
        seq = r.number(2),
        count = r.number(3),
        codec = r.number(4),
        events = r.text(5),
    )]
}

fn consumed() -> Vec<String> {
    vec![format!("{} DELETE FROM inbox WHERE id IN (SELECT {} FROM r)", CONSUMED.with(), CONSUMED.number(0))]
}

/// Messages to what is there and has not ended. A sleeping recipient is ready from now on.
fn deliveries() -> Vec<String> {
    let r = DELIVERIES;
    let (with, to, now, codec, message) = (r.with(), r.number(0), r.number(1), r.number(2), r.text(3));
    vec![
        format!(
            "{with} INSERT INTO inbox (instance, codec, message) SELECT i.key, {codec}, {message} \
             FROM r CROSS JOIN instances AS i ON i.key = {to} WHERE i.status NOT IN ('Completed', 'Failed')"
        ),
        format!(
            "{with} UPDATE instances SET wake_at = min(coalesce(wake_at, m.now), m.now) \
             FROM (SELECT {to} AS recipient, min({now}) AS now FROM r GROUP BY 1) AS m \
             WHERE instances.key = m.recipient AND owner IS NULL AND status IN ('Pending', 'Running')"
        ),
    ]
}

fn updates() -> Vec<String> {
    let r = UPDATES;
    let (key, release, wake, now) = (r.number(0), r.number(6), r.number_or_null(7), r.number(8));
    vec![format!(
        "{with} UPDATE instances SET status = {status}, parked_reason = {reason}, crashes = {crashes}, \
         updated_at = {now}, \
         owner = CASE WHEN {release} = {KEEP} THEN owner END, \
         wake_at = CASE {release} WHEN {KEEP} THEN wake_at WHEN {REST} THEN NULL WHEN {SLEEP} THEN \
         CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instances.key) \
         THEN min(coalesce({wake}, {now}), {now}) ELSE {wake} END END \
         FROM r WHERE instances.key = {key}",
        with = r.with(),
        status = r.text(1),
        reason = r.text_or_null(3),
        crashes = r.number(5),
    )]
}

#[cfg(test)]
pub(crate) fn every_script() -> impl Iterator<Item = CommitScript> {
    (0..=u8::MAX).filter(|bits| bits & 3 != 3).map(|bits| script(Parts(bits)))
}
