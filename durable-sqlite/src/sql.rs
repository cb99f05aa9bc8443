//! The scripts of a commit: one text per set of statements that a batch needs.
//!
//! The text never depends on how many rows a batch has, so a batch of one and a batch of a
//! thousand run the same number of statements, and each text is prepared once.

use std::sync::{Arc, OnceLock};

use sqlx::AssertSqlSafe;

use crate::records::RecordSql;
use crate::script::Args;
use crate::writes::{CLEAR_INBOX, CLEAR_TAGS, CLEAR_TURNS, END, Encoded, KEEP, REST, SLEEP};

/// An expression whose evaluation stops the script: how a check inside one refuses a batch.
/// `changes()` keeps SQLite from evaluating it ahead of time.
pub(crate) const REFUSE: &str = "abs(-9223372036854775807 - 1 + 0 * changes())";

/// What SQLite says then. Nothing else in these scripts can overflow.
pub(crate) const REFUSED: &str = "integer overflow";

/// The statuses of what runs when it is claimed.
pub(crate) const MAY_RUN: &str = "('Pending', 'Running', 'Suspended')";

/// The statuses of what has ended.
pub(crate) const FINISHED: &str = "('Completed', 'Failed', 'Terminated')";

/// Which statements a script has.
type Parts = u16;

// Both paths.
const INSERT: Parts = 1;
const TURNS: Parts = 2;
const CONSUMED: Parts = 4;
const TAGS: Parts = 8;
const REQUESTS: Parts = 16;

/// The script that checks, writes and commits in one call.
mod fast {
    use super::Parts;
    /// `BEGIN`, and the check of the lease and of all bases.
    pub(super) const CHECK: Parts = 32;
    /// `BEGIN`, without a check: no commit of the batch has a lease.
    pub(super) const BEGIN: Parts = 64;
    /// The check that no message goes to what is put to sleep.
    pub(super) const ORDER: Parts = 128;
    pub(super) const DELIVERIES: Parts = 256;
    pub(super) const UPDATES: Parts = 512;
    pub(super) const ENDS: Parts = 1024;
    pub(super) const ALL: usize = 2048;
}

/// The script that writes in a transaction that is open.
mod slow {
    use super::Parts;
    pub(super) const CLEARS: Parts = 32;
    pub(super) const PUTS: Parts = 64;
    pub(super) const ROWS: Parts = 128;
    /// The tags of what takes another's place.
    pub(super) const NEW_TAGS: Parts = 256;
    pub(super) const WAKES: Parts = 512;
    pub(super) const COMMIT: Parts = 1024;
    pub(super) const ALL: usize = 2048;
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

fn flag(on: bool, part: Parts) -> Parts {
    if on { part } else { 0 }
}

fn common_parts(e: &Encoded) -> Parts {
    flag(!e.inserts.is_empty(), INSERT)
        | flag(!e.turns.is_empty(), TURNS)
        | flag(!e.consumed.is_empty(), CONSUMED)
        | flag(e.has.tags, TAGS)
        | flag(!e.requests.is_empty(), REQUESTS)
}

/// The script that checks, writes and commits in one call.
pub(crate) fn whole(check: Option<Check>, e: Encoded) -> (CommitScript, Args) {
    let parts = common_parts(&e)
        | if check.is_some() { fast::CHECK } else { fast::BEGIN }
        | flag(e.has.by_id && e.has.sleep, fast::ORDER)
        | flag(!e.deliveries.is_empty(), fast::DELIVERIES)
        | flag(!e.updates.is_empty(), fast::UPDATES)
        | flag(e.has.end, fast::ENDS);
    let inserts = e.inserts.len() as i64;
    let check = check.map(|c| (c.worker, c.epoch, c.bases.len() as i64, c.bases.numbers));
    let (worker, epoch, bases, numbers) = check.unwrap_or_default();
    let args = Args::default()
        .with(worker)
        .with(epoch)
        .with(bases)
        .with(numbers)
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
        .with(e.requests.len() as i64)
        .with(e.requests.numbers)
        .with(e.requests.texts);
    (fast_script(parts), args)
}

/// A script that writes in a transaction that is open, and commits it if it is the last.
pub(crate) fn rest(e: Encoded, last: bool) -> (CommitScript, Args) {
    let parts = common_parts(&e)
        | flag(!e.clears.is_empty(), slow::CLEARS)
        | flag(!e.puts.is_empty(), slow::PUTS)
        | flag(!e.rows.is_empty(), slow::ROWS)
        | flag(e.has.new_tags, slow::NEW_TAGS)
        | flag(!e.wakes.is_empty(), slow::WAKES)
        | flag(last, slow::COMMIT);
    let args = Args::default()
        .with(0_i64)
        .with(0_i64)
        .with(e.wakes.numbers)
        .with(e.clears.numbers)
        .with(e.inserts.len() as i64)
        .with(e.inserts.numbers)
        .with(e.inserts.texts)
        .with(e.turns.numbers)
        .with(e.turns.texts)
        .with(e.consumed.numbers)
        .with(e.puts.numbers)
        .with(e.puts.texts)
        .with(e.rows.numbers)
        .with(e.rows.texts)
        .with(e.requests.len() as i64)
        .with(e.requests.numbers)
        .with(e.requests.texts);
    (slow_script(parts), args)
}

const BASES_SQL: RecordSql = RecordSql { numbers: 4, texts: 0, fields: 3 };
const INSERTS_SQL: RecordSql = RecordSql { numbers: 6, texts: 7, fields: 23 };
const TURNS_SQL: RecordSql = RecordSql { numbers: 8, texts: 9, fields: 7 };
const CONSUMED_SQL: RecordSql = RecordSql { numbers: 10, texts: 0, fields: 1 };
const DELIVERIES_SQL: RecordSql = RecordSql { numbers: 11, texts: 12, fields: 8 };
const UPDATES_SQL: RecordSql = RecordSql { numbers: 13, texts: 14, fields: 13 };
const REQUESTS_SQL: RecordSql = RecordSql { numbers: 16, texts: 17, fields: 9 };
const CLEARS_SQL: RecordSql = RecordSql { numbers: 4, texts: 0, fields: 2 };
const PUTS_SQL: RecordSql = RecordSql { numbers: 11, texts: 12, fields: 5 };
const ROWS_SQL: RecordSql = RecordSql { numbers: 13, texts: 14, fields: 21 };
const WAKES_SQL: RecordSql = RecordSql { numbers: 3, texts: 0, fields: 2 };

fn fast_script(parts: Parts) -> CommitScript {
    static SCRIPTS: [OnceLock<CommitScript>; fast::ALL] = [const { OnceLock::new() }; fast::ALL];
    let make = || {
        let groups: [(Parts, Group); 10] = [
            (fast::CHECK, check),
            (INSERT, insert),
            (TAGS, tags),
            (REQUESTS, requests),
            (TURNS, turns),
            (CONSUMED, consumed),
            (fast::ORDER, order),
            (fast::DELIVERIES, deliveries),
            (fast::UPDATES, updates),
            (fast::ENDS, ends),
        ];
        // The turn in the middle of things. One statement is a transaction of its own, and costs one
        // message between threads where four cost four.
        if parts == fast::CHECK | TURNS {
            return CommitScript { text: checked_turns().into(), commit_index: 0 };
        }
        compose(parts, "BEGIN IMMEDIATE", &groups, true)
    };
    SCRIPTS[usize::from(parts)].get_or_init(make).clone()
}

fn slow_script(parts: Parts) -> CommitScript {
    static SCRIPTS: [OnceLock<CommitScript>; slow::ALL] = [const { OnceLock::new() }; slow::ALL];
    let make = || {
        let groups: [(Parts, Group); 10] = [
            (slow::CLEARS, clears),
            (INSERT, insert),
            (TAGS, tags),
            (REQUESTS, requests),
            (TURNS, turns),
            (CONSUMED, consumed),
            (slow::PUTS, puts),
            (slow::ROWS, rows),
            (slow::NEW_TAGS, new_tags),
            (slow::WAKES, wakes),
        ];
        compose(parts, "", &groups, parts & slow::COMMIT != 0)
    };
    SCRIPTS[usize::from(parts)].get_or_init(make).clone()
}

/// Makes the statements of a part.
type Group = fn() -> Vec<String>;

fn compose(parts: Parts, begin: &str, groups: &[(Parts, Group)], commit: bool) -> CommitScript {
    let mut statements: Vec<String> = Some(begin.to_owned()).filter(|s| !s.is_empty()).into_iter().collect();
    statements.extend(groups.iter().filter(|(part, _)| parts & part != 0).flat_map(|(_, group)| group()));
    let commit_index = statements.len();
    if commit {
        statements.push("COMMIT".to_owned());
    }
    CommitScript { text: statements.join(";\n").into(), commit_index }
}

/// The lease is current, it owns all these instances, and each history ends where it should.
fn check() -> Vec<String> {
    vec![checked()]
}

/// The check as a query of one row.
fn checked() -> String {
    let r = BASES_SQL;
    let (with, key, execution, seq) = (r.with(), r.number(0), r.number(1), r.number(2));
    format!(
        "{with} SELECT CASE WHEN (SELECT epoch FROM durable_workers WHERE id = $1) IS NOT $2 OR (\
         SELECT count(*) FROM r CROSS JOIN durable_instances AS i ON i.key = {key} \
         WHERE i.owner = $1 AND i.execution = {execution} AND {end} = {seq}\
         ) IS NOT $3 THEN {REFUSE} END",
        end = history_end("i.key", "i.execution"),
    )
}

/// The turns of a batch that has nothing else, under the check: it is NULL, or stops the statement.
fn checked_turns() -> String {
    turns().into_iter().map(|insert| format!("{insert} WHERE ({check}) IS NULL", check = checked())).collect()
}

/// The number of the event that follows an execution's history.
pub(crate) fn history_end(key: &str, execution: &str) -> String {
    format!(
        "coalesce((SELECT t.seq + t.count FROM durable_turns AS t \
         WHERE t.instance = {key} AND t.execution = {execution} ORDER BY t.seq DESC LIMIT 1), 0)"
    )
}

/// Instances that end, or begin anew.
fn clears() -> Vec<String> {
    let (with, key, what) = (CLEARS_SQL.with(), CLEARS_SQL.number(0), CLEARS_SQL.number(1));
    let of = |table: &str, flag: i64| {
        format!("{with} DELETE FROM {table} WHERE instance IN (SELECT {key} FROM r WHERE {what} & {flag})")
    };
    let tags = format!(
        "{with} DELETE FROM durable_tags WHERE (name, value, created_at, instance) IN (\
         SELECT j.key, j.value, i.created_at, i.key FROM r CROSS JOIN durable_instances AS i ON i.key = {key} \
         CROSS JOIN json_each(i.tags) AS j WHERE {what} & {CLEAR_TAGS})"
    );
    vec![of("durable_turns", CLEAR_TURNS), of("durable_inbox", CLEAR_INBOX), tags]
}

fn insert() -> Vec<String> {
    let r = INSERTS_SQL;
    let insert = format!(
        "{with} INSERT OR IGNORE INTO durable_instances (key, id, execution, name, version, status, parked_reason, \
         custom_status, created_at, updated_at, owner, wake_at, crashes, mark, tags) \
         SELECT {key}, {id}, {execution}, {name}, {version}, {status}, {reason}, {custom}, {created}, {updated}, \
         {owner}, {wake}, {crashes}, {mark}, {tags} FROM r",
        with = r.with(),
        key = r.number(0),
        id = r.text(1),
        execution = r.number(3),
        name = r.text(4),
        version = r.text(6),
        status = r.text(8),
        reason = r.text_or_null(10),
        custom = r.body_or_null(12),
        created = r.number(14),
        updated = r.number(15),
        owner = r.number_or_null(16),
        wake = r.number_or_null(17),
        crashes = r.number(18),
        mark = r.text_or_null(19),
        tags = r.text_or_null(21),
    );
    vec![insert, format!("SELECT CASE WHEN changes() <> $5 THEN {REFUSE} END")]
}

/// The tags of new instances.
fn tags() -> Vec<String> {
    let r = INSERTS_SQL;
    vec![insert_tags(r, &r.text_or_null(21), &r.number(14))]
}

/// The tags of instances that take the place of others.
fn new_tags() -> Vec<String> {
    let r = ROWS_SQL;
    vec![insert_tags(r, &r.text_or_null(19), &r.number(12))]
}

fn insert_tags(r: RecordSql, tags: &str, created: &str) -> String {
    let (with, key) = (r.with(), r.number(0));
    format!(
        "{with} INSERT INTO durable_tags (name, value, created_at, instance) \
         SELECT j.key, j.value, {created}, {key} FROM r CROSS JOIN json_each({tags}) AS j"
    )
}

/// Requests that nobody has made before, in this batch either.
fn requests() -> Vec<String> {
    let r = REQUESTS_SQL;
    let insert = format!(
        "{with} INSERT OR IGNORE INTO durable_requests (id, operation, instance_id, key, execution, at) \
         SELECT {id}, {operation}, {instance}, {key}, {execution}, {at} FROM r",
        with = r.with(),
        id = r.text(0),
        operation = r.text(2),
        instance = r.text(4),
        key = r.number(6),
        execution = r.number(7),
        at = r.number(8),
    );
    vec![insert, format!("SELECT CASE WHEN changes() <> $15 THEN {REFUSE} END")]
}

fn turns() -> Vec<String> {
    let r = TURNS_SQL;
    vec![format!(
        "{with} INSERT INTO durable_turns (instance, execution, seq, count, codec, events) \
         SELECT {instance}, {execution}, {seq}, {count}, {codec}, {events} FROM r",
        with = r.with(),
        instance = r.number(0),
        execution = r.number(1),
        seq = r.number(2),
        count = r.number(3),
        codec = r.number(4),
        events = r.body(5),
    )]
}

fn consumed() -> Vec<String> {
    let (with, id) = (CONSUMED_SQL.with(), CONSUMED_SQL.number(0));
    vec![format!("{with} DELETE FROM durable_inbox WHERE id IN (SELECT {id} FROM r)")]
}

/// The recipient's key.
fn recipient() -> String {
    let (key, id) = (DELIVERIES_SQL.number_or_null(0), DELIVERIES_SQL.text(1));
    format!("coalesce({key}, (SELECT d.key FROM durable_instances AS d WHERE d.id = {id}))")
}

/// When a message reaches an instance that the same batch puts to sleep, it matters which was
/// first. Elsewhere it does not: what is kept is not woken, and what ends loses its messages.
fn order() -> Vec<String> {
    let (u, to) = (UPDATES_SQL, recipient());
    vec![format!(
        "{with} SELECT CASE WHEN EXISTS (SELECT 1 FROM r WHERE {to} IN (\
         {updates} SELECT {key} FROM r WHERE {release} = {SLEEP})) THEN {REFUSE} END",
        with = DELIVERIES_SQL.with(),
        updates = u.with(),
        key = u.number(0),
        release = u.number(8),
    )]
}

/// Messages to what is there, has not ended, and is at the right execution. A sleeping recipient
/// is ready from now on.
fn deliveries() -> Vec<String> {
    let (r, to) = (DELIVERIES_SQL, recipient());
    let (with, guard, now, codec, message) = (r.with(), r.number_or_null(3), r.number(4), r.number(5), r.body(6));
    vec![
        format!(
            "{with} INSERT INTO durable_inbox (instance, execution, codec, message) SELECT i.key, {guard}, {codec}, {message} \
             FROM r CROSS JOIN durable_instances AS i ON i.key = {to} \
             WHERE i.status NOT IN {FINISHED} AND coalesce({guard}, i.execution) = i.execution"
        ),
        format!(
            "{with} UPDATE durable_instances SET wake_at = min(coalesce(wake_at, m.now), m.now) \
             FROM (SELECT i.key AS recipient, min({now}) AS now FROM r CROSS JOIN durable_instances AS i ON i.key = {to} \
             WHERE i.owner IS NULL AND i.status IN ('Running', 'Suspended') \
             AND coalesce({guard}, i.execution) = i.execution GROUP BY 1) AS m \
             WHERE durable_instances.key = m.recipient"
        ),
    ]
}

fn updates() -> Vec<String> {
    let r = UPDATES_SQL;
    let (key, release, wake, now) = (r.number(0), r.number(8), r.number_or_null(9), r.number(10));
    vec![format!(
        "{with} UPDATE durable_instances SET status = {status}, parked_reason = {reason}, \
         custom_status = coalesce({custom}, custom_status), crashes = {crashes}, mark = {mark}, updated_at = {now}, \
         owner = CASE WHEN {release} = {KEEP} THEN owner END, \
         wake_at = CASE {release} WHEN {KEEP} THEN wake_at WHEN {REST} THEN NULL WHEN {SLEEP} THEN \
         CASE WHEN EXISTS (SELECT 1 FROM durable_inbox WHERE durable_inbox.instance = durable_instances.key) THEN {now} ELSE {wake} END END \
         FROM r WHERE durable_instances.key = {key}",
        with = r.with(),
        status = r.text(1),
        reason = r.text_or_null(3),
        custom = r.body_or_null(5),
        crashes = r.number(7),
        mark = r.text_or_null(11),
    )]
}

fn ends() -> Vec<String> {
    let (with, key, release) = (UPDATES_SQL.with(), UPDATES_SQL.number(0), UPDATES_SQL.number(8));
    vec![format!("{with} DELETE FROM durable_inbox WHERE instance IN (SELECT {key} FROM r WHERE {release} = {END})")]
}

fn puts() -> Vec<String> {
    let r = PUTS_SQL;
    vec![format!(
        "{with} INSERT INTO durable_inbox (instance, execution, codec, message) SELECT {to}, {guard}, {codec}, {message} FROM r",
        with = r.with(),
        to = r.number(0),
        guard = r.number_or_null(1),
        codec = r.number(2),
        message = r.body(3),
    )]
}

fn rows() -> Vec<String> {
    let r = ROWS_SQL;
    vec![format!(
        "{with} UPDATE durable_instances SET execution = {execution}, name = {name}, version = {version}, status = {status}, \
         parked_reason = {reason}, custom_status = {custom}, created_at = {created}, updated_at = {updated}, \
         owner = {owner}, wake_at = {wake}, crashes = {crashes}, mark = {mark}, tags = {tags} FROM r WHERE durable_instances.key = {key}",
        with = r.with(),
        key = r.number(0),
        execution = r.number(1),
        name = r.text_or_kept(2, "name"),
        version = r.text_or_kept(4, "version"),
        status = r.text(6),
        reason = r.text_or_kept(8, "parked_reason"),
        custom = r.body_or_kept(10, "custom_status"),
        created = r.number(12),
        updated = r.number(13),
        owner = r.number_or_null(14),
        wake = r.number_or_null(15),
        crashes = r.number(16),
        mark = r.text_or_kept(17, "mark"),
        tags = r.text_or_kept(19, "tags"),
    )]
}

fn wakes() -> Vec<String> {
    let (with, key, wake) = (WAKES_SQL.with(), WAKES_SQL.number(0), WAKES_SQL.number_or_null(1));
    vec![format!("{with} UPDATE durable_instances SET wake_at = {wake} FROM r WHERE durable_instances.key = {key}")]
}

#[cfg(test)]
pub(crate) fn every_script() -> impl Iterator<Item = CommitScript> {
    let fast = (0..fast::ALL as Parts).filter(|parts| parts & (fast::CHECK | fast::BEGIN) != fast::CHECK | fast::BEGIN);
    fast.map(fast_script).chain((0..slow::ALL as Parts).map(slow_script))
}
