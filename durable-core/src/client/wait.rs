//! Waiting for an instance: for its start, for its end, for its value.

use std::time::Duration;

use tokio::sync::oneshot;

use super::handle::unreadable;
use super::run::decode;
use super::waiters::Until;
use super::{ClientError, InstanceHandle, InstanceStatus, RunError, Untyped};
use crate::definition::Orchestrator;
use crate::id::{ExecutionId, InstanceKey};
use crate::store::Status;
use crate::worker::Input;
use crate::worker::engine::Ended;

impl InstanceHandle {
    /// Waits until a worker has begun to run it.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::status`].
    pub async fn started(&self) -> Result<InstanceStatus, ClientError> {
        let record = self.record().await?;
        loop {
            // Asked before the look, so that a start between the two is not missed.
            let told = self.client.inner.waiters.wait(record.key, Until::Started);
            match self.store().statuses(vec![record.key]).await?.first() {
                None => return Err(ClientError::NotFound(record.id)),
                Some((.., Status::Pending)) => {}
                Some(_) => return self.status().await,
            }
            // An error means that the table is gone: look again.
            let _ = told.await;
        }
    }

    /// Waits for its end, and says how it ended. Woken, not polled, where the worker of this client
    /// runs it. Like [`InstanceHandle::result`] it waits for as long as it takes.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::status`].
    pub async fn finished(&self) -> Result<InstanceStatus, ClientError> {
        loop {
            let record = self.record().await?;
            self.ended(record.key, None).await?;
            let status = self.status().await?;
            // Else it was started again, or rewound, in between.
            if status.status.is_finished() {
                return Ok(status);
            }
        }
    }

    /// As [`InstanceHandle::finished`], at most so long.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// match client.instance("order-7").finished_within(Duration::from_secs(5)).await {
    ///     Ok(end) => println!("{}", end.status),
    ///     Err(ClientError::NotFinishedInTime { .. }) => println!("not yet"),
    ///     Err(e) => return Err(e),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFinishedInTime`] when the time is over: the instance goes on. Else as
    /// [`InstanceHandle::status`].
    pub async fn finished_within(&self, limit: Duration) -> Result<InstanceStatus, ClientError> {
        let id = self.id()?.clone();
        let in_time = tokio::time::timeout(limit, self.finished()).await;
        in_time.unwrap_or(Err(ClientError::NotFinishedInTime { id, waited: limit }))
    }

    /// Waits for its end and gives the value, typed as the orchestrator `D` declares it:
    /// `client.instance("order-7").result::<checkout>().await`. An instance that continues as new,
    /// or is started again under its id, is waited for until it ends for good.
    ///
    /// Waits for as long as it takes: for an instance that sleeps or is parked, perhaps for
    /// ever. Put a `tokio::time::timeout` around it where that matters.
    ///
    /// # Errors
    ///
    /// [`RunError::Ended`] if it ended without a value, [`RunError::Client`] if that could not
    /// be learned.
    pub async fn result<D: Orchestrator>(&self) -> Result<D::Ok, RunError<D::Err>> {
        let record = self.record().await?;
        let ended = self.ended(record.key, None).await?;
        decode::<D>(&record.id, ended)
    }

    /// As [`InstanceHandle::result`], as JSON, whatever the types of the orchestrator are.
    ///
    /// # Errors
    ///
    /// As [`InstanceHandle::result`]; an error of the orchestrator's own is given as JSON, too.
    pub async fn result_json(&self) -> Result<serde_json::Value, RunError<serde_json::Value>> {
        self.result::<Untyped>().await
    }

    /// Waits for the end: told by the worker here if it runs it, else by a look
    /// at the store after each change.
    pub(super) async fn ended(
        &self,
        key: InstanceKey,
        mut here: Option<oneshot::Receiver<Ended>>,
    ) -> Result<Ended, ClientError> {
        let id = self.id()?.clone();
        loop {
            if let Some(told) = here.take()
                && let Ok(ended) = told.await
            {
                return Ok(ended);
            }
            // Asked before the look, so that an end between the two is not missed.
            let watch = self.client.inner.worker.as_ref().and_then(|worker| {
                let (waiter, told) = oneshot::channel();
                worker.send(Input::Watch(id.clone(), waiter)).ok().map(|()| told)
            });
            let elsewhere = self.client.inner.waiters.wait(key, Until::Ended);
            let found = self.store().statuses(vec![key]).await?;
            match found.first() {
                None => return Err(ClientError::NotFound(id)),
                Some((_, execution, status)) if status.is_finished() => {
                    let end = self.end_of(key, *execution).await;
                    // Perhaps another execution has taken its place between the two reads.
                    if end.is_err() && self.store().statuses(vec![key]).await? != found {
                        continue;
                    }
                    return end;
                }
                Some(_) => {}
            }
            if let Some(told) = watch
                && let Ok(ended) = told.await
            {
                return Ok(ended);
            }
            // Not here, or not any more. An error means that the table is gone: look again.
            let _ = elsewhere.await;
        }
    }

    /// How a finished execution ended, as its last turn says.
    pub(super) async fn end_of(&self, key: InstanceKey, execution: ExecutionId) -> Result<Ended, ClientError> {
        let id = self.id()?;
        let last = self.store().last_turn(key, execution).await?;
        let turn = last.map(|t| t.unpack()).transpose().map_err(|e| unreadable(id, e))?;
        turn.as_ref().and_then(Ended::of).ok_or_else(|| unreadable(id, "its last turn is not its end"))
    }
}
