//! Test only: no statement of the hot paths walks a whole table.

use durable_core::store::{Cursor, InstanceFilter, InstanceQuery, QueryOrder, Status, StatusSet, TimeRange};
use durable_core::{InstanceKey, Timestamp};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection};

use crate::claim::{any_ready_sql, choose_sql, require_lease, take_sql};
use crate::purge::{FORGET, purge_sql};
use crate::query::{KINDS, VERSIONS, texts};
use crate::read::{EXECUTIONS, NEXT_WAKE, mail_sql};
use crate::sql::every_script;
use crate::statistics::FIGURES;

/// Only SQLite's own threads run here: polling in a loop will do.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        std::thread::yield_now();
    }
}

async fn plan_of(conn: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::raw_sql(sql).fetch_all(conn).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

/// Every table of a hub but `durable_workers` and `durable_meta`, which have a handful of rows.
fn is_table(name: &str) -> bool {
    ["instances", "turns", "inbox", "tags", "requests"].iter().any(|table| name == format!("durable_{table}"))
}

/// Every shape that a filter, its cursor and its direction can have.
fn every_filter() -> impl Iterator<Item = InstanceQuery> {
    const SHAPES: u32 = 3 * 4 * 4 * (1 << 8);
    let at = |on: bool, n: i64| on.then(|| Timestamp::from_unix_micros(n));
    let range = move |which: u32| TimeRange { from: at(which & 1 != 0, 3), to: at(which & 2 != 0, 9) };
    (0..SHAPES).map(move |shape| {
        let flag = |n: u32| shape >> n & 1 != 0;
        let text = |on: bool| on.then(|| "a".to_owned());
        let rest = shape >> 8;
        let tag = |n| (format!("t{n}"), "v".to_owned());
        let filter = InstanceFilter {
            statuses: if flag(0) { Status::Failed.into() } else { StatusSet::ALL },
            name: text(flag(1)),
            version: text(flag(2)),
            id_prefix: text(flag(3)),
            tags: (0..rest % 3).map(tag).collect(),
            created: range(rest / 3 % 4),
            updated: range(rest / 12),
        };
        let cursor = match filter.order() {
            QueryOrder::Id => Cursor::Id("ab".into()),
            _ => Cursor::Time(Timestamp::from_unix_micros(5), InstanceKey(7)),
        };
        InstanceQuery { filter, descending: flag(4), after: flag(5).then_some(cursor), limit: 10 }
    })
}

fn every_query() -> Vec<String> {
    let kinds = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())];
    every_filter().flat_map(|query| texts(&query, &kinds)).collect()
}

/// The page walks one index each way, from where it begins: the bound is in the plan.
#[test]
fn a_page_begins_where_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let store = wait(crate::SqliteStore::open(dir.path().join("hub.db"))).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path());
    let mut conn = wait(options.connect()).unwrap();
    let kinds = [("a".to_owned(), "1".to_owned())];
    for query in every_filter().filter(|q| q.after.is_some() && q.filter.statuses != StatusSet::ALL) {
        let text = &texts(&query, &kinds)[0];
        let plan = wait(plan_of(&mut conn, text));
        let side = if query.descending { "<" } else { ">" };
        let (walked, at) = match (query.filter.order(), query.filter.tags.is_empty()) {
            (QueryOrder::Id, _) => ("", "id"),
            (QueryOrder::Updated, _) => ("status=? AND ", "updated_at"),
            (QueryOrder::Created, true) => ("name=? AND version=? AND status=? AND ", "created_at"),
            (QueryOrder::Created, false) => ("name=? AND value=? AND ", "created_at"),
        };
        let key = if at == "created_at" && !query.filter.tags.is_empty() { "instance" } else { "rowid" };
        let bounds = match query.filter.order() {
            QueryOrder::Id => vec!["(id>? AND id<?)".to_owned()],
            _ => vec![format!("({walked}{at}=? AND {key}{side}?)"), format!("({walked}{at}{side}?")],
        };
        for bound in bounds {
            let other_side_first = format!("({walked}{at}>? AND {at}<?)");
            let is_there = |step: &String| step.contains(&bound) || step.contains(&other_side_first);
            assert!(plan.iter().any(is_there), "no {bound}: {plan:#?}\nin {text}");
        }
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:#?}\nin {text}");
    }
}

#[test]
fn every_statement_is_bound_by_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = wait(crate::SqliteStore::open(dir.path().join("hub.db"))).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path());
    let mut conn = wait(options.connect()).unwrap();
    let mut texts: Vec<String> = every_script().map(|script| script.text().0.to_string()).collect();
    texts.extend([any_ready_sql(), choose_sql(), take_sql(), require_lease(), mail_sql(), NEXT_WAKE.into()]);
    texts.extend(crate::view::every_sql());
    texts.extend([FORGET, FIGURES, EXECUTIONS, KINDS, VERSIONS].map(str::to_owned));
    texts.push(purge_sql());
    texts.extend(every_query());
    let mut statements: Vec<&str> = texts.iter().flat_map(|text| text.split(';')).map(str::trim).collect();
    statements.retain(|statement| !["BEGIN IMMEDIATE", "COMMIT", ""].contains(statement));
    statements.sort_unstable();
    statements.dedup();
    assert!(statements.len() > 300, "{}", statements.len());
    for statement in statements {
        for step in wait(plan_of(&mut conn, statement)) {
            // `workers` has a handful of rows; `r`, `m`, `k` and `o` are the parameters.
            let walks = step.strip_prefix("SCAN ").is_some_and(|what| {
                let table = what.split(' ').next().unwrap_or_default();
                // What sleeps and is ready; and messages and requests, which are counted whole.
                let may = ["durable_ready", "durable_inbox_by_instance", "durable_requests_by_time"];
                let may = what.split_once(" INDEX ").is_some_and(|(_, index)| may.contains(&index));
                (is_table(table) || ["i", "t", "g", "n", "d"].contains(&table)) && !may
            });
            assert!(!walks, "{step}\nin {statement}");
            // What a claim has chosen is sorted, and it is a few hundred at most.
            let bounded = statement.contains("json_each") || statement == EXECUTIONS;
            assert!(bounded || !step.contains("TEMP B-TREE FOR ORDER BY"), "{step}\nin {statement}");
            assert!(!step.contains("AUTOMATIC"), "{step}\nin {statement}");
        }
    }
}
