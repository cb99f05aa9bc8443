//! Test only: no statement of the hot paths walks a whole table.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _, SqliteConnection};

use crate::claim::{any_ready_sql, choose_sql, require_lease, take_sql};
use crate::read::{NEXT_WAKE, mail_sql};
use crate::sql::every_script;

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

#[test]
fn every_statement_is_bound_by_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = wait(crate::SqliteStore::open(dir.path().join("hub.db"))).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store.path());
    let mut conn = wait(options.connect()).unwrap();
    let mut texts: Vec<String> = every_script().map(|script| script.text().0.to_string()).collect();
    texts.extend([any_ready_sql(), choose_sql(), take_sql(), require_lease(), mail_sql(), NEXT_WAKE.into()]);
    texts.extend(crate::view::every_sql());
    let mut statements: Vec<&str> = texts.iter().flat_map(|text| text.split(';')).map(str::trim).collect();
    statements.retain(|statement| !["BEGIN IMMEDIATE", "COMMIT", ""].contains(statement));
    statements.sort_unstable();
    statements.dedup();
    assert!(statements.len() > 12);
    for statement in statements {
        for step in wait(plan_of(&mut conn, statement)) {
            // `workers` has a handful of rows; `r`, `m`, `k` and `o` are the parameters.
            let walks = step.strip_prefix("SCAN ").is_some_and(|what| {
                let table = what.split(' ').next().unwrap_or_default();
                let by_partial_index =
                    what.contains("USING COVERING INDEX ready") || what.contains("USING INDEX ready");
                ["instances", "turns", "inbox", "i", "t", "p"].contains(&table) && !by_partial_index
            });
            assert!(!walks, "{step}\nin {statement}");
            // What a claim has chosen is sorted, and it is a few hundred at most.
            let bounded = statement.contains("json_each");
            assert!(bounded || !step.contains("TEMP B-TREE FOR ORDER BY"), "{step}\nin {statement}");
        }
    }
}
