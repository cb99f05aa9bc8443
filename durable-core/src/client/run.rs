//! An orchestration that was started.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::handle::unreadable;
use super::{Client, ClientError, InstanceHandle, InstanceStatus, RunError};
use crate::definition::{Definition, Orchestrator};
use crate::history::History;
use crate::id::{InstanceId, InstanceKey};
use crate::worker::engine::Ended;

/// An orchestration that was started: what [`Client::start`] returns. Dropping it changes
/// nothing; the orchestration goes on.
pub struct Run<D> {
    handle: InstanceHandle,
    id: InstanceId,
    key: InstanceKey,
    here: Arc<Mutex<Option<oneshot::Receiver<Ended>>>>,
    definition: PhantomData<fn() -> D>,
}

impl<D> Run<D> {
    pub(super) fn new(
        client: Client,
        id: InstanceId,
        key: InstanceKey,
        here: Option<oneshot::Receiver<Ended>>,
    ) -> Self {
        let handle = InstanceHandle { client, id: Ok(id.clone()) };
        Self { handle, id, key, here: Arc::new(Mutex::new(here)), definition: PhantomData }
    }

    /// The instance's id.
    pub fn id(&self) -> &InstanceId {
        &self.id
    }

    /// The handle for everything else.
    pub fn instance(&self) -> &InstanceHandle {
        &self.handle
    }

    /// What is known of it now.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::status`].
    pub async fn status(&self) -> Result<InstanceStatus, ClientError> {
        self.handle.status().await
    }

    /// Its history so far.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::history`].
    pub async fn history(&self) -> Result<History, ClientError> {
        self.handle.history().await
    }

    /// Waits for the end and gives the value as JSON, whatever its type.
    ///
    /// # Errors
    ///
    /// As [`Run::result`]; an error of the orchestrator's own is given as JSON, too.
    pub async fn result_json(&self) -> Result<serde_json::Value, RunError<serde_json::Value>> {
        decode::<super::Untyped>(&self.id, self.ended().await?)
    }

    async fn ended(&self) -> Result<Ended, ClientError> {
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.handle.ended(self.key, here).await
    }
}

impl<D: Orchestrator> Run<D> {
    /// Waits for the end and gives the value.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::result`].
    pub async fn result(&self) -> Result<D::Ok, RunError<D::Err>> {
        decode::<D>(&self.id, self.ended().await?)
    }
}

pub(super) fn decode<D: Definition>(id: &InstanceId, ended: Ended) -> Result<D::Ok, RunError<D::Err>> {
    let value = ended.result.map_err(RunError::from)?;
    value.decode().map_err(|e| unreadable(id, e).into())
}

impl<D> fmt::Debug for Run<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run({})", self.id)
    }
}
