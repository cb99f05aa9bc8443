//! Rows as the values of the contract.

use std::str::FromStr;

use durable_core::history::{CODEC_VERSION, Event, PackedTurn};
use durable_core::store::{InboxMessage, InstanceRecord, Status, StoreError};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, MessageId, Payload, Timestamp, WorkerId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::error::{corrupt, not_applied};

/// A column by its place.
pub(crate) fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(index).map_err(|e| not_applied(&e))
}

/// A whole number of a smaller type, or one without sign.
pub(crate) fn number<T: TryFrom<i64>>(row: &SqliteRow, index: usize) -> Result<T, StoreError> {
    let n: i64 = column(row, index)?;
    T::try_from(n).map_err(|_| corrupt(format!("{n} in column {index} is out of range")))
}

pub(crate) fn time(row: &SqliteRow, index: usize) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_unix_micros(column(row, index)?))
}

pub(crate) fn status(row: &SqliteRow, index: usize) -> Result<Status, StoreError> {
    Status::from_str(column(row, index)?).map_err(corrupt)
}

pub(crate) fn key(row: &SqliteRow, index: usize) -> Result<InstanceKey, StoreError> {
    Ok(InstanceKey(column(row, index)?))
}

/// The columns that [`instance`] reads.
pub(crate) const INSTANCE: &str = "instances.key, instances.id, instances.execution, instances.name, \
    instances.version, instances.status, instances.parked_reason, instances.created_at, instances.updated_at, \
    instances.owner, instances.wake_at, instances.crashes, instances.custom_status";

pub(crate) fn instance(row: &SqliteRow) -> Result<InstanceRecord, StoreError> {
    Ok(InstanceRecord {
        key: key(row, 0)?,
        id: InstanceId::from_stored(column(row, 1)?),
        execution: ExecutionId(number(row, 2)?),
        name: column(row, 3)?,
        version: column(row, 4)?,
        status: status(row, 5)?,
        parked_reason: column(row, 6)?,
        custom_status: column::<Option<&str>>(row, 12)?.map(custom_status).transpose()?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
        owner: column::<Option<i64>>(row, 9)?.map(WorkerId),
        wake_at: column::<Option<i64>>(row, 10)?.map(Timestamp::from_unix_micros),
        crashes: number(row, 11)?,
    })
}

fn custom_status(json: &str) -> Result<Payload, StoreError> {
    serde_json::from_str(json).map_err(|e| corrupt(format!("a custom status cannot be read: {e}")))
}

/// The columns that [`turn`] reads.
pub(crate) const TURN: &str = "turns.instance, turns.seq, turns.count, turns.codec, turns.events";

pub(crate) fn turn(row: &SqliteRow) -> Result<PackedTurn, StoreError> {
    Ok(PackedTurn {
        seq: EventSeq(number(row, 1)?),
        count: number(row, 2)?,
        codec: number(row, 3)?,
        body: column::<&str>(row, 4)?.into(),
    })
}

/// The columns that [`message`] reads.
pub(crate) const MESSAGE: &str = "inbox.id, inbox.instance, inbox.codec, inbox.message";

pub(crate) fn message(row: &SqliteRow) -> Result<InboxMessage, StoreError> {
    let (id, to) = (MessageId(column(row, 0)?), key(row, 1)?);
    let codec: u32 = number(row, 2)?;
    if codec > CODEC_VERSION {
        let known = CODEC_VERSION;
        return Err(corrupt(format!(
            "message {id} has format {codec}, but this build reads up to {known}: run a newer build"
        )));
    }
    let message: Event = serde_json::from_str(column(row, 3)?)
        .map_err(|e| corrupt(format!("message {id} to instance {to} cannot be read: {e}")))?;
    Ok(InboxMessage { id, to, message })
}
