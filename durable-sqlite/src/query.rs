//! Pages and counts of instances.
//!
//! Both are walks along indexes. A walk passes instances in the order of the page and begins where
//! the page does, so a page costs the same wherever it is. Where one walk would have to skip much
//! (by time over all names and statuses), there is one for each name and status: SQLite merges them
//! as it goes, and takes from each only what the page needs.

use std::collections::BTreeMap;

use durable_core::Timestamp;
use durable_core::store::{
    Cursor, InstanceFilter, InstancePage, InstanceQuery, QueryOrder, Status, StatusSet, StoreError, TimeRange,
};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::SqliteStore;
use crate::rows::{INSTANCE, column, instance, number, status};
use crate::script::{Args, Step};

/// Walks in one statement, each of which may be two. SQLite allows 500.
const WALKS_MAX: usize = 200;

/// An orchestrator's name and version.
pub(crate) type Kind = (String, String);

/// One walk along an index.
#[derive(Clone, Copy)]
enum Walk<'a> {
    /// Along `durable_by_kind`, by time of start.
    Kind(&'a Kind, Status),
    /// Along `durable_by_updated`, by time of the last change.
    Updated(Status),
    /// Along `durable_tags`, by time of start.
    Tag(&'a (String, String)),
    /// Along the ids.
    Id,
}

/// A statement on its way, with its arguments.
#[derive(Default)]
struct Sql {
    args: Args,
    count: usize,
}

impl Sql {
    /// The name of an argument.
    fn arg<T>(&mut self, value: T) -> String
    where
        T: for<'q> sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.args = std::mem::take(&mut self.args).with(value);
        self.count += 1;
        format!("${}", self.count)
    }

    fn time(&mut self, at: Timestamp) -> String {
        self.arg(at.unix_micros())
    }

    fn range(&mut self, conditions: &mut Vec<String>, column: &str, range: &TimeRange) {
        if let Some(from) = range.from {
            conditions.push(format!("{column} >= {}", self.time(from)));
        }
        if let Some(to) = range.to {
            conditions.push(format!("{column} < {}", self.time(to)));
        }
    }
}

/// What a filter asks for, in SQL.
struct Conditions {
    sql: Sql,
    /// Where the walk begins and ends, of the column (or the id) that it is in the order of.
    bounds: Vec<String>,
    /// The time and the key that the page is behind, and its direction. Two walks: the rest of that
    /// moment, by key, and what is beyond it. A comparison of the pair would be one walk, but SQLite
    /// begins that one at the moment's first key, and thousands may have started at one moment.
    behind: Option<(String, String, &'static str)>,
    /// What holds of each instance besides.
    rest: Vec<String>,
}

/// Stands for the column that a walk is in the order of, in [`Conditions::bounds`].
const AT: &str = "{at}";

impl Conditions {
    /// `None` if nothing is behind the cursor.
    fn of(filter: &InstanceFilter, after: Option<&Cursor>, descending: bool) -> Option<Self> {
        let (mut sql, mut bounds, mut rest) = (Sql::default(), Vec::new(), Vec::new());
        let mut behind = None;
        let order = filter.order();
        match (order, after) {
            // A cursor of another query.
            (QueryOrder::Id, Some(Cursor::Time(..))) => return None,
            (QueryOrder::Created | QueryOrder::Updated, Some(Cursor::Id(_))) => return None,
            _ => {}
        }
        let mut range = match order {
            QueryOrder::Created => filter.created,
            QueryOrder::Updated => filter.updated,
            QueryOrder::Id => TimeRange::default(),
        };
        if order != QueryOrder::Id {
            if let Some(Cursor::Time(at, key)) = after {
                // One bound on each side: of two, SQLite might begin the walk at the farther one.
                let is_inside = if descending {
                    range.to.is_none_or(|to| *at < to)
                } else {
                    range.from.is_none_or(|from| *at >= from)
                };
                if is_inside {
                    *(if descending { &mut range.to } else { &mut range.from }) = None;
                    let (at, key) = (sql.time(*at), sql.arg(key.0));
                    behind = Some((at, key, if descending { "<" } else { ">" }));
                }
            }
            sql.range(&mut bounds, AT, &range);
        }
        if let Some(prefix) = &filter.id_prefix {
            let mut first = Some(("i.id >=", prefix.clone()));
            let mut last = successor(prefix).map(|end| ("i.id <", end));
            match after {
                Some(Cursor::Id(id)) if descending && last.as_ref().is_none_or(|(_, end)| id < end) => {
                    last = Some(("i.id <", id.clone()));
                }
                Some(Cursor::Id(id)) if !descending && id >= prefix => first = Some(("i.id >", id.clone())),
                _ => {}
            }
            for (condition, id) in first.into_iter().chain(last) {
                bounds.push(format!("{condition} {}", sql.arg(id)));
            }
        }
        if order != QueryOrder::Created {
            sql.range(&mut rest, "i.created_at", &filter.created);
        }
        if order != QueryOrder::Updated {
            sql.range(&mut rest, "i.updated_at", &filter.updated);
        }
        Some(Self { sql, bounds, behind, rest })
    }

    /// What the walk does not see to by itself.
    fn complete(&mut self, filter: &InstanceFilter, walks: &[Walk<'_>]) {
        let walk = walks.first();
        if !matches!(walk, Some(Walk::Kind(..))) {
            for (column, value) in [("i.name", &filter.name), ("i.version", &filter.version)] {
                if let Some(value) = value {
                    let value = self.sql.arg(value.clone());
                    self.rest.push(format!("{column} = {value}"));
                }
            }
        }
        if matches!(walk, Some(Walk::Tag(_) | Walk::Id)) && filter.statuses != StatusSet::ALL {
            let statuses: Vec<String> = filter.statuses.iter().map(|s| format!("'{s}'")).collect();
            self.rest.push(format!("i.status IN ({})", statuses.join(", ")));
        }
        let walked = usize::from(matches!(walk, Some(Walk::Tag(_))));
        for (name, value) in filter.tags.iter().skip(walked) {
            let (name, value) = (self.sql.arg(name.clone()), self.sql.arg(value.clone()));
            self.rest.push(format!(
                "EXISTS (SELECT 1 FROM durable_tags AS x WHERE x.name = {name} AND x.value = {value} \
                 AND x.created_at = i.created_at AND x.instance = i.key)"
            ));
        }
    }

    /// `FROM … WHERE …` of a walk, from where the page begins, and the columns that it is in the
    /// order of.
    fn walk(&mut self, walk: Walk<'_>) -> (Vec<String>, [&'static str; 2]) {
        let (from, own, at, key) = match walk {
            Walk::Kind((name, version), status) => {
                let (name, version) = (self.sql.arg(name.clone()), self.sql.arg(version.clone()));
                let own = format!("i.name = {name} AND i.version = {version} AND i.status = '{status}'");
                ("durable_instances AS i INDEXED BY durable_by_kind", own, "i.created_at", "i.key")
            }
            Walk::Updated(status) => {
                let own = format!("i.status = '{status}'");
                ("durable_instances AS i INDEXED BY durable_by_updated", own, "i.updated_at", "i.key")
            }
            Walk::Tag((name, value)) => {
                let own =
                    format!("g.name = {} AND g.value = {}", self.sql.arg(name.clone()), self.sql.arg(value.clone()));
                let from = "durable_tags AS g CROSS JOIN durable_instances AS i ON i.key = g.instance";
                (from, own, "g.created_at", "g.instance")
            }
            Walk::Id => {
                let from = "durable_instances AS i INDEXED BY sqlite_autoindex_durable_instances_1";
                (from, String::new(), "i.id", "i.key")
            }
        };
        let bounds = self.bounds.iter().map(|bound| bound.replace(AT, at));
        let own = Some(own).filter(|own| !own.is_empty());
        let all: Vec<String> = own.into_iter().chain(bounds).chain(self.rest.iter().cloned()).collect();
        let walk = format!("FROM {from} WHERE {}", all.join(" AND "));
        let walks = match &self.behind {
            None => vec![walk],
            Some((then, last, side)) => vec![
                format!("{walk}{}{at} = {then} AND {key} {side} {last}", and(&all)),
                format!("{walk}{}{at} {side} {then}", and(&all)),
            ],
        };
        (walks, [at, key])
    }
}

fn and(conditions: &[String]) -> &'static str {
    if conditions.is_empty() { "" } else { " AND " }
}

/// The first text after all that begin so, in the order of SQLite's BINARY collation, which is that
/// of the characters. `None` if there is none.
fn successor(prefix: &str) -> Option<String> {
    const BEFORE_SURROGATES: char = '\u{d7ff}';
    const AFTER_SURROGATES: char = '\u{e000}';
    let mut rest = prefix.to_owned();
    while let Some(last) = rest.pop() {
        let next = if last == BEFORE_SURROGATES { Some(AFTER_SURROGATES) } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            rest.push(next);
            return Some(rest);
        }
    }
    None
}

/// The walks in the order of a page.
fn page_walks<'a>(filter: &'a InstanceFilter, kinds: &'a [Kind]) -> Vec<Walk<'a>> {
    match (filter.order(), filter.tags.first()) {
        (QueryOrder::Id, _) => vec![Walk::Id],
        (QueryOrder::Updated, _) => filter.statuses.iter().map(Walk::Updated).collect(),
        (QueryOrder::Created, Some(tag)) => vec![Walk::Tag(tag)],
        (QueryOrder::Created, None) => {
            let of_kind = |kind: &'a Kind| filter.statuses.iter().map(move |status| Walk::Kind(kind, status));
            kinds.iter().flat_map(of_kind).collect()
        }
    }
}

/// The walks that count: where every name and version is counted, the shortest index will do.
fn count_walks<'a>(filter: &'a InstanceFilter, kinds: &'a [Kind]) -> Vec<Walk<'a>> {
    if counts_all_kinds(filter) {
        return filter.statuses.iter().map(Walk::Updated).collect();
    }
    page_walks(filter, kinds)
}

fn counts_all_kinds(filter: &InstanceFilter) -> bool {
    let by_kind = filter.order() == QueryOrder::Created && filter.tags.is_empty();
    by_kind && filter.created.is_open() && filter.name.is_none() && filter.version.is_none()
}

/// A script and its arguments: the page's instances, one more than the page has, in no order.
fn page_sql(query: &InstanceQuery, kinds: &[Kind]) -> Option<(String, Args)> {
    let walks = page_walks(&query.filter, kinds);
    let mut conditions = Conditions::of(&query.filter, query.after.as_ref(), query.descending)?;
    conditions.complete(&query.filter, &walks);
    let limit = conditions.sql.arg(i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1));
    let direction = if query.descending { "DESC" } else { "ASC" };
    let mut statements = Vec::new();
    for walks in walks.chunks(WALKS_MAX) {
        let selects: Vec<String> = walks
            .iter()
            .flat_map(|walk| {
                let (walks, [at, key]) = conditions.walk(*walk);
                walks.into_iter().map(move |from| format!("SELECT {key} AS key, {at} AS at {from}"))
            })
            .collect();
        statements.push(format!(
            "SELECT {INSTANCE} FROM ({} ORDER BY at {direction}, key {direction} LIMIT {limit}) AS p \
             CROSS JOIN durable_instances AS i ON i.key = p.key",
            selects.join(" UNION ALL ")
        ));
    }
    Some((statements.join("; "), conditions.sql.args)).filter(|(text, _)| !text.is_empty())
}

/// A script and its arguments: statuses and numbers.
pub(crate) fn count_sql(filter: &InstanceFilter, kinds: &[Kind]) -> Option<(String, Args)> {
    let walks = count_walks(filter, kinds);
    let mut conditions = Conditions::of(filter, None, false)?;
    conditions.complete(filter, &walks);
    let mut statements = Vec::new();
    for walks in walks.chunks(WALKS_MAX) {
        let selects: Vec<String> = walks
            .iter()
            .map(|walk| {
                let from = conditions.walk(*walk).0.concat();
                match walk {
                    Walk::Kind(_, status) | Walk::Updated(status) => format!("SELECT '{status}', count(*) {from}"),
                    Walk::Tag(_) | Walk::Id => format!("SELECT i.status, count(*) {from} GROUP BY i.status"),
                }
            })
            .collect();
        statements.push(selects.join(" UNION ALL "));
    }
    Some((statements.join("; "), conditions.sql.args)).filter(|(text, _)| !text.is_empty())
}

/// The names and versions that there are: one seek for each. Name by name, because a seek behind the
/// pair of both would pass every instance of the name.
pub(crate) const KINDS: &str = "WITH RECURSIVE names(name) AS (\
    SELECT min(name) FROM durable_instances \
    UNION ALL SELECT (SELECT min(n.name) FROM durable_instances AS n WHERE n.name > names.name) \
    FROM names WHERE names.name IS NOT NULL), \
    k(name, version) AS (\
    SELECT name, (SELECT min(n.version) FROM durable_instances AS n WHERE n.name = names.name) \
    FROM names WHERE name IS NOT NULL \
    UNION ALL SELECT k.name, (SELECT min(n.version) FROM durable_instances AS n \
    WHERE n.name = k.name AND n.version > k.version) FROM k WHERE k.version IS NOT NULL) \
    SELECT name, version FROM k WHERE version IS NOT NULL";

/// The versions of the name `$1`.
pub(crate) const VERSIONS: &str = "WITH RECURSIVE k(version) AS (\
    SELECT min(version) FROM durable_instances WHERE name = $1 \
    UNION ALL SELECT (SELECT min(n.version) FROM durable_instances AS n WHERE n.name = $1 AND n.version > k.version) \
    FROM k WHERE k.version IS NOT NULL) SELECT $1, version FROM k WHERE version IS NOT NULL";

fn kind(row: &SqliteRow) -> Result<Kind, StoreError> {
    Ok((column(row, 0)?, column(row, 1)?))
}

/// Adds up the results of [`count_sql`].
pub(crate) fn counted(steps: impl IntoIterator<Item = Step>) -> Result<Vec<(Status, u64)>, StoreError> {
    let mut counts = BTreeMap::new();
    for row in steps.into_iter().flat_map(|step| step.rows) {
        *counts.entry(status(&row, 0)?).or_insert(0) += number::<u64>(&row, 1)?;
    }
    counts.retain(|_, n| *n > 0);
    Ok(counts.into_iter().collect())
}

impl SqliteStore {
    /// The kinds that a filter's walks need. One that is new since belongs to instances that the
    /// query did not have to see.
    async fn kinds(&self, filter: &InstanceFilter) -> Result<Vec<Kind>, StoreError> {
        let rows = match (&filter.name, &filter.version) {
            (Some(name), Some(version)) => return Ok(vec![(name.clone(), version.clone())]),
            (Some(name), None) => self.read(VERSIONS, Args::default().with(name.clone())).await?,
            (None, _) => self.read(KINDS, Args::default()).await?,
        };
        let mut kinds = rows.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        kinds.retain(|(_, version)| filter.version.as_ref().is_none_or(|v| v == version));
        Ok(kinds)
    }

    pub(crate) async fn page(&self, query: InstanceQuery) -> Result<InstancePage, StoreError> {
        let nothing = InstancePage { instances: Vec::new(), next: None };
        if query.limit == 0 {
            return Ok(nothing);
        }
        let filter = &query.filter;
        let by_kind = filter.order() == QueryOrder::Created && filter.tags.is_empty();
        let kinds = if by_kind { self.kinds(filter).await? } else { Vec::new() };
        let Some((text, args)) = page_sql(&query, &kinds) else { return Ok(nothing) };
        let steps = self.read_all(AssertSqlSafe(text), args).await?;
        let rows = steps.iter().flat_map(|step| &step.rows);
        let mut instances =
            rows.map(|row| instance(row, &self.inner.sealer)).collect::<Result<Vec<_>, StoreError>>()?;
        match filter.order() {
            QueryOrder::Id => instances.sort_by(|a, b| a.id.cmp(&b.id)),
            QueryOrder::Updated => instances.sort_by_key(|r| (r.updated_at, r.key)),
            QueryOrder::Created => instances.sort_by_key(|r| (r.created_at, r.key)),
        }
        if query.descending {
            instances.reverse();
        }
        let has_more = instances.len() > query.limit;
        instances.truncate(query.limit);
        let next = instances.last().filter(|_| has_more).map(|r| query.cursor(r));
        Ok(InstancePage { instances, next })
    }

    /// SQLite's plan of a page: for the benchmark.
    #[doc(hidden)]
    pub async fn explain(&self, query: &InstanceQuery) -> Result<Vec<String>, StoreError> {
        let kinds = self.kinds(&query.filter).await?;
        let Some((text, args)) = page_sql(query, &kinds) else { return Ok(Vec::new()) };
        let text = format!("EXPLAIN QUERY PLAN {}", text.split(';').next().unwrap_or_default());
        let rows = self.read(AssertSqlSafe(text), args).await?;
        rows.iter().map(|row| column(row, 3)).collect()
    }

    pub(crate) async fn counts(&self, filter: InstanceFilter) -> Result<Vec<(Status, u64)>, StoreError> {
        let by_kind = filter.order() == QueryOrder::Created && filter.tags.is_empty() && !counts_all_kinds(&filter);
        let kinds = if by_kind { self.kinds(&filter).await? } else { Vec::new() };
        match count_sql(&filter, &kinds) {
            Some((text, args)) => counted(self.read_all(AssertSqlSafe(text), args).await?),
            None => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
pub(crate) fn texts(query: &InstanceQuery, kinds: &[Kind]) -> Vec<String> {
    let page = page_sql(query, kinds).map(|(text, _)| text);
    page.into_iter().chain(count_sql(&query.filter, kinds).map(|(text, _)| text)).collect()
}

#[cfg(test)]
mod tests {
    use super::successor;

    #[track_caller]
    fn check(prefix: &str, end: Option<&str>) {
        assert_eq!(successor(prefix).as_deref(), end, "{prefix:?}");
    }

    #[test]
    fn a_prefix_ends_where_the_next_text_begins() {
        check("", None);
        check("a", Some("b"));
        check("a%", Some("a&"));
        check("a\u{d7ff}", Some("a\u{e000}"));
        check("a\u{10ffff}", Some("b"));
        check("\u{10ffff}\u{10ffff}", None);
    }
}
