//! What the slow path reads.

use std::collections::HashSet;

use durable_core::store::{Commit, Ownership, Recipient, StoreError, Subject};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, LeaseEpoch, MessageId, RequestId, WorkerId};
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::judge::{Known, Remembered, Stored, View};
use crate::records::{RecordSql, Records};
use crate::rows::{column, key, number, status, time};
use crate::script::{Args, Step, rows_of};
use crate::sql::history_end;
use crate::stats::Counters;
use crate::writer::Writer;
use crate::writes::{Row, Text};

const KEYS: RecordSql = RecordSql { numbers: 1, texts: 0, fields: 1 };
const IDS: RecordSql = RecordSql { numbers: 2, texts: 3, fields: 2 };
const CONSUMED: RecordSql = RecordSql { numbers: 4, texts: 0, fields: 1 };
const RELEASED: RecordSql = RecordSql { numbers: 5, texts: 0, fields: 1 };
const CONTINUED: RecordSql = RecordSql { numbers: 6, texts: 0, fields: 1 };
const REQUESTS: RecordSql = RecordSql { numbers: 7, texts: 8, fields: 2 };

/// What a batch names.
#[derive(Default)]
struct Named<'a> {
    keys: HashSet<InstanceKey>,
    seen: HashSet<&'a InstanceId>,
    ids: Vec<&'a InstanceId>,
    consumed: HashSet<MessageId>,
    released: HashSet<InstanceKey>,
    continued: HashSet<InstanceKey>,
    requests: Vec<&'a RequestId>,
}

impl<'a> Named<'a> {
    fn of(batch: &'a [Commit]) -> Self {
        let mut named = Self::default();
        for commit in batch {
            match &commit.subject {
                Subject::New(new) => named.id(&new.id),
                Subject::Existing { id, .. } | Subject::Finished { id, .. } => named.id(id),
                Subject::Owned { key, .. } => {
                    named.keys.insert(*key);
                    if commit.update.as_ref().is_some_and(|u| u.ownership != Ownership::Keep) {
                        named.released.insert(*key);
                    }
                    if commit.next.is_some() {
                        named.continued.insert(*key);
                    }
                }
            }
            named.consumed.extend(&commit.consumed);
            named.requests.extend(commit.request.as_ref().map(|r| &r.id));
            for delivery in &commit.deliveries {
                match &delivery.to {
                    Recipient::Subject => {}
                    Recipient::Id { id, .. } | Recipient::Finished { id } => named.id(id),
                    Recipient::New { instance, .. } => named.id(&instance.id),
                }
            }
        }
        named
    }

    fn id(&mut self, id: &'a InstanceId) {
        if self.seen.insert(id) {
            self.ids.push(id);
        }
    }
}

fn texts<'a>(of: impl Iterator<Item = &'a str>) -> Records<2> {
    let mut records = Records::default();
    for text in of {
        let span = records.text(text);
        records.push(span);
    }
    records
}

/// In order, so that rows and pages are visited in order.
fn numbers(of: impl Iterator<Item = i64>) -> Records<1> {
    let mut sorted: Vec<i64> = of.collect();
    sorted.sort_unstable();
    let mut records = Records::with_capacity(sorted.len());
    sorted.into_iter().for_each(|n| records.push([n]));
    records
}

const COLUMNS: &str = "i.key, i.execution, i.status, i.owner, i.wake_at, i.crashes, i.created_at, i.updated_at, \
    i.mark IS NOT NULL";

/// The statements that a batch needs, in their order.
#[derive(Clone, Copy)]
enum Part {
    Keys,
    Ids,
    Consumed,
    Released,
    Continued,
    Requests,
}

impl Part {
    fn sql(self) -> String {
        match self {
            Part::Keys => format!(
                "{} SELECT {COLUMNS}, {}, i.id FROM r CROSS JOIN durable_instances AS i ON i.key = {}",
                KEYS.with(),
                history_end("i.key", "i.execution"),
                KEYS.number(0)
            ),
            Part::Ids => format!(
                "{} SELECT {COLUMNS}, {} FROM r CROSS JOIN durable_instances AS i ON i.id = {}",
                IDS.with(),
                IDS.place(),
                IDS.text(0)
            ),
            Part::Consumed => format!(
                "{} SELECT durable_inbox.id, durable_inbox.instance FROM r CROSS JOIN durable_inbox ON durable_inbox.id = {}",
                CONSUMED.with(),
                CONSUMED.number(0)
            ),
            // Whether it has messages besides those that the batch consumes.
            Part::Released => format!(
                "{with} SELECT {key} FROM r WHERE EXISTS (SELECT 1 FROM durable_inbox WHERE durable_inbox.instance = {key} \
                 AND durable_inbox.id NOT IN ({consumed} SELECT {id} FROM r))",
                with = RELEASED.with(),
                key = RELEASED.number(0),
                consumed = CONSUMED.with(),
                id = CONSUMED.number(0),
            ),
            Part::Continued => format!(
                "{} SELECT durable_inbox.id, durable_inbox.instance, durable_inbox.execution IS NOT NULL, durable_inbox.codec, \
                 CAST(durable_inbox.message AS BLOB) FROM r CROSS JOIN durable_inbox ON durable_inbox.instance = {}",
                CONTINUED.with(),
                CONTINUED.number(0)
            ),
            Part::Requests => format!(
                "{} SELECT {}, q.operation, q.instance_id, q.key, q.execution \
                 FROM r CROSS JOIN durable_requests AS q ON q.id = {}",
                REQUESTS.with(),
                REQUESTS.place(),
                REQUESTS.text(0)
            ),
        }
    }
}

/// Opens a transaction and reads everything that judging the batch needs.
pub(crate) async fn read_view<'a>(
    writer: &mut Writer,
    counters: &Counters,
    batch: &'a [Commit],
) -> Result<View<'a>, StoreError> {
    let named = Named::of(batch);
    let ids = texts(named.ids.iter().map(|id| id.as_str()));
    let requests = texts(named.requests.iter().map(|id| id.as_str()));
    let parts = [
        (Part::Keys, named.keys.is_empty()),
        (Part::Ids, named.ids.is_empty()),
        (Part::Consumed, named.consumed.is_empty()),
        (Part::Released, named.released.is_empty()),
        (Part::Continued, named.continued.is_empty()),
        (Part::Requests, named.requests.is_empty()),
    ];
    let parts: Vec<Part> = parts.into_iter().filter(|(_, empty)| !empty).map(|(part, _)| part).collect();
    let mut text = "BEGIN IMMEDIATE; SELECT id, epoch FROM durable_workers WHERE fenced = 0".to_owned();
    for part in &parts {
        text.push_str("; ");
        text.push_str(&part.sql());
    }
    let args = Args::default()
        .with(numbers(named.keys.iter().map(|key| key.0)).numbers)
        .with(ids.numbers)
        .with(ids.texts)
        .with(numbers(named.consumed.iter().map(|id| id.0)).numbers)
        .with(numbers(named.released.iter().map(|key| key.0)).numbers)
        .with(numbers(named.continued.iter().map(|key| key.0)).numbers)
        .with(requests.numbers)
        .with(requests.texts);
    let mut steps = writer.begin(counters, AssertSqlSafe(text), args).await?;
    assemble(&named, &parts, &mut steps)
}

fn assemble<'a>(named: &Named<'a>, parts: &[Part], steps: &mut [Step]) -> Result<View<'a>, StoreError> {
    const FIRST_PART: usize = 2;
    let mut view = View::default();
    for row in rows_of(steps, FIRST_PART - 1) {
        view.epochs.insert(WorkerId(column(&row, 0)?), LeaseEpoch(number(&row, 1)?));
    }
    for (step, part) in (FIRST_PART..).zip(parts) {
        for row in &rows_of(steps, step) {
            match part {
                Part::Keys => {
                    let id = InstanceId::from_stored(column(row, 10)?);
                    view.add(known(row, id, EventSeq(number(row, 9)?))?);
                }
                Part::Ids => {
                    let Some(id) = named.ids.get(number::<usize>(row, 9)?) else { continue };
                    let place = match view.by_key.get(&key(row, 0)?) {
                        Some(place) => *place,
                        // Nobody appends a turn to what is named by its id only.
                        None => view.add(known(row, InstanceId::clone(id), EventSeq(0))?),
                    };
                    view.by_id.insert(id, place);
                }
                Part::Consumed => {
                    let of = key(row, 1)?;
                    view.consumed.insert(MessageId(column(row, 0)?), of);
                    if let Some(place) = view.by_key.get(&of) {
                        view.instances[*place].named += 1;
                    }
                }
                Part::Released => {
                    if let Some(place) = view.by_key.get(&key(row, 0)?) {
                        view.instances[*place].has_more = true;
                    }
                }
                Part::Continued => {
                    if let Some(place) = view.by_key.get(&key(row, 1)?) {
                        let (id, guarded) = (MessageId(column(row, 0)?), column(row, 2)?);
                        let (codec, body) = (number(row, 3)?, column(row, 4)?);
                        view.instances[*place].stored.push(Stored { id, guarded, codec, body });
                    }
                }
                Part::Requests => {
                    let Some(request) = named.requests.get(number::<usize>(row, 0)?) else { continue };
                    let remembered = Remembered {
                        operation: column(row, 1)?,
                        id: InstanceId::from_stored(column(row, 2)?),
                        key: key(row, 3)?,
                        execution: ExecutionId(number(row, 4)?),
                    };
                    view.requests.insert(request, remembered);
                }
            }
        }
    }
    for known in &mut view.instances {
        known.stored.sort_unstable_by_key(|m| m.id);
    }
    Ok(view)
}

fn known<'a>(row: &SqliteRow, id: InstanceId, next_seq: EventSeq) -> Result<Known<'a>, StoreError> {
    let is_marked = column(row, 8)?;
    let row = Row {
        key: key(row, 0)?,
        id: None,
        execution: ExecutionId(number(row, 1)?),
        name: Text::Kept,
        version: Text::Kept,
        status: status(row, 2)?,
        parked_reason: Text::Kept,
        custom_status: Text::Kept,
        created_at: time(row, 6)?,
        updated_at: time(row, 7)?,
        owner: column::<Option<i64>>(row, 3)?.map(WorkerId),
        wake_at: column::<Option<i64>>(row, 4)?.map(durable_core::Timestamp::from_unix_micros),
        crashes: number(row, 5)?,
        mark: Text::Kept,
        tags: None,
    };
    let mut known = Known::new(row, id, next_seq);
    known.is_marked = is_marked;
    Ok(known)
}

#[cfg(test)]
pub(crate) fn every_sql() -> Vec<String> {
    [Part::Keys, Part::Ids, Part::Consumed, Part::Released, Part::Continued, Part::Requests].map(Part::sql).into()
}
