//! One instance, by its id, and what is recorded of it.

use std::fmt;

use serde::de::DeserializeOwned;

use super::{Client, ClientError};
use crate::history::{Event, ExecutionStarted, History, PackedTurn, Turn};
use crate::id::{ExecutionId, InstanceId, InvalidInstanceId};
use crate::payload::Payload;
use crate::store::{InstanceRecord, Store};

/// One instance, by its id: what [`Client::instance`] returns. It need not exist.
#[derive(Clone)]
pub struct InstanceHandle {
    pub(super) client: Client,
    pub(super) id: Result<InstanceId, InvalidInstanceId>,
}

impl InstanceHandle {
    /// The id, if it can be one.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidId`].
    pub fn id(&self) -> Result<&InstanceId, ClientError> {
        self.id.as_ref().map_err(|e| e.clone().into())
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.client.store()
    }

    pub(super) async fn record(&self) -> Result<InstanceRecord, ClientError> {
        let id = self.id()?;
        self.store().instance(id.clone()).await?.ok_or_else(|| ClientError::NotFound(id.clone()))
    }

    /// Its history so far: every event of its current execution, in order.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::Unreadable`], and those of the store.
    pub async fn history(&self) -> Result<History, ClientError> {
        let record = self.record().await?;
        let turns = self.turns(&record, record.execution).await?;
        Ok(History { instance: record.id, execution: record.execution, turns })
    }

    /// The executions whose histories are kept, in order; the current one is among them as soon as
    /// it has made a turn. A rewound instance keeps those before; one that continued as new, or was
    /// started again, does not.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], and those of the store.
    pub async fn executions(&self) -> Result<Vec<ExecutionId>, ClientError> {
        let record = self.record().await?;
        Ok(self.store().executions(record.key).await?)
    }

    /// The history of one of its [`executions`](InstanceHandle::executions).
    ///
    /// # Errors
    ///
    /// [`ClientError::NoSuchExecution`] if it is not kept, and those of
    /// [`InstanceHandle::history`].
    pub async fn history_of(&self, execution: ExecutionId) -> Result<History, ClientError> {
        let record = self.record().await?;
        let turns = self.turns(&record, execution).await?;
        if turns.is_empty() && execution != record.execution {
            return Err(ClientError::NoSuchExecution { id: record.id, execution });
        }
        Ok(History { instance: record.id, execution, turns })
    }

    pub(super) async fn turns(
        &self,
        record: &InstanceRecord,
        execution: ExecutionId,
    ) -> Result<Vec<Turn>, ClientError> {
        let packed = self.store().history(record.key, execution).await?;
        let turns: Result<Vec<Turn>, _> = packed.iter().map(PackedTurn::unpack).collect();
        turns.map_err(|e| unreadable(&record.id, e))
    }

    /// What the orchestrator was started with. `T` is the tuple of its parameters; a single
    /// parameter may be asked for by itself.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let (order, attempts) = client.instance("order-7").input::<(String, u32)>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::Unreadable`] if it is not a `T`, and those of the
    /// store.
    pub async fn input<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let record = self.record().await?;
        let started = self.start_event(&record).await?.ok_or_else(|| unreadable(&record.id, "it has no start"))?;
        decode_input(&started.input).map_err(|e| unreadable(&record.id, e))
    }

    /// What its orchestrator last set as its custom status, if it has.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::Unreadable`] if it is not a `T`, and those of the
    /// store.
    pub async fn custom_status<T: DeserializeOwned>(&self) -> Result<Option<T>, ClientError> {
        let record = self.record().await?;
        let status = record.custom_status.as_ref().map(Payload::decode).transpose();
        status.map_err(|e| unreadable(&record.id, e))
    }

    /// The start of its current execution: in its first turn, or waiting to be taken.
    pub(super) async fn start_event(&self, record: &InstanceRecord) -> Result<Option<ExecutionStarted>, ClientError> {
        let start_of = |e: &Event| match e {
            Event::ExecutionStarted(started) => Some((**started).clone()),
            _ => None,
        };
        let taken = async || -> Result<Option<ExecutionStarted>, ClientError> {
            let Some(first) = self.store().first_turn(record.key, record.execution).await? else { return Ok(None) };
            let turn = first.unpack().map_err(|e| unreadable(&record.id, e))?;
            Ok(turn.messages.iter().find_map(start_of))
        };
        if let Some(started) = taken().await? {
            return Ok(Some(started));
        }
        let inbox = self.store().inbox_of(record.key).await?;
        match inbox.iter().find_map(|m| start_of(&m.message)) {
            Some(started) => Ok(Some(started)),
            // It was taken between the two looks.
            None => taken().await,
        }
    }
}

fn decode_input<T: DeserializeOwned>(input: &Payload) -> Result<T, crate::PayloadError> {
    input.decode().or_else(|e| match input.decode::<(Payload,)>() {
        Ok((only,)) => only.decode(),
        Err(_) => Err(e),
    })
}

pub(super) fn unreadable(id: &InstanceId, reason: impl fmt::Display) -> ClientError {
    ClientError::Unreadable { id: id.clone(), reason: reason.to_string() }
}

impl fmt::Debug for InstanceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceHandle({:?})", self.id)
    }
}
