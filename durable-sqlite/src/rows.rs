//! Rows as the values of the contract.

use std::str::FromStr;

use durable_core::history::{CODEC_VERSION, Event, PackedTurn};
use durable_core::store::{InboxMessage, InstanceRecord, Status, StoreError};
use durable_core::{EventSeq, ExecutionId, InstanceId, InstanceKey, MessageId, Payload, Tags, Timestamp, WorkerId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use crate::error::{corrupt, not_applied};
use crate::seal::Sealer;

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
pub(crate) const INSTANCE: &str = "i.key, i.id, i.execution, i.name, i.version, i.status, i.parked_reason, \
    i.created_at, i.updated_at, i.owner, i.wake_at, i.crashes, i.custom_status, i.mark, i.tags";

pub(crate) fn instance(row: &SqliteRow, sealer: &Sealer) -> Result<InstanceRecord, StoreError> {
    Ok(InstanceRecord {
        key: key(row, 0)?,
        id: InstanceId::from_stored(column(row, 1)?),
        execution: ExecutionId(number(row, 2)?),
        name: column(row, 3)?,
        version: column(row, 4)?,
        status: status(row, 5)?,
        parked_reason: column(row, 6)?,
        custom_status: custom_status(row, 12, sealer)?,
        created_at: time(row, 7)?,
        updated_at: time(row, 8)?,
        owner: column::<Option<i64>>(row, 9)?.map(WorkerId),
        wake_at: column::<Option<i64>>(row, 10)?.map(Timestamp::from_unix_micros),
        crashes: number(row, 11)?,
        mark: column(row, 13)?,
        tags: column::<Option<&str>>(row, 14)?.map(tags).transpose()?.unwrap_or_default(),
    })
}

fn tags(json: &str) -> Result<Tags, StoreError> {
    serde_json::from_str(json).map_err(|e| corrupt(format!("tags cannot be read: {e}")))
}

/// A sealed one is a BLOB that begins with its flags.
fn custom_status(row: &SqliteRow, index: usize, sealer: &Sealer) -> Result<Option<Payload>, StoreError> {
    let value = row.try_get_raw(index).map_err(|e| not_applied(&e))?;
    if value.is_null() {
        return Ok(None);
    }
    let failed = |e: serde_json::Error| corrupt(format!("a custom status cannot be read: {e}"));
    if value.type_info().name() != BLOB {
        return serde_json::from_str(column(row, index)?).map(Some).map_err(failed);
    }
    let stored: &[u8] = column(row, index)?;
    let (flags, body) = stored.split_first_chunk().ok_or_else(|| corrupt("a custom status is cut off"))?;
    let json = sealer.open(u32::from_le_bytes(*flags), body.to_vec())?;
    serde_json::from_str(&json).map(Some).map_err(failed)
}

/// SQLite's name for a value of bytes.
const BLOB: &str = "BLOB";

/// A body that is sealed, by its codec number.
fn unsealed(row: &SqliteRow, index: usize, codec: u32, sealer: &Sealer) -> Result<String, StoreError> {
    sealer.open(codec, column(row, index)?)
}

/// The columns that [`turn`] reads.
pub(crate) const TURN: &str = "t.instance, t.seq, t.count, t.codec, t.events";

pub(crate) fn turn(row: &SqliteRow, sealer: &Sealer) -> Result<PackedTurn, StoreError> {
    let codec = number(row, 3)?;
    let body = match Sealer::is_plain(codec) {
        true => column::<&str>(row, 4)?.into(),
        false => unsealed(row, 4, codec, sealer)?.into(),
    };
    Ok(PackedTurn { seq: EventSeq(number(row, 1)?), count: number(row, 2)?, codec: Sealer::format(codec), body })
}

/// The columns that [`message`] reads.
pub(crate) const MESSAGE: &str = "m.id, m.instance, m.codec, m.message";

pub(crate) fn message(row: &SqliteRow, sealer: &Sealer) -> Result<InboxMessage, StoreError> {
    let (id, to) = (MessageId(column(row, 0)?), key(row, 1)?);
    let number: u32 = number(row, 2)?;
    let (codec, known) = (Sealer::format(number), CODEC_VERSION);
    if codec > known {
        return Err(corrupt(format!(
            "message {id} has format {codec}, but this build reads up to {known}: run a newer build"
        )));
    }
    let failed = |e| corrupt(format!("message {id} to instance {to} cannot be read: {e}"));
    let message: Event = match Sealer::is_plain(number) {
        true => serde_json::from_str(column(row, 3)?).map_err(failed)?,
        false => serde_json::from_str(&unsealed(row, 3, number, sealer)?).map_err(failed)?,
    };
    Ok(InboxMessage { id, to, message })
}
