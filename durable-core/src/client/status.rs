//! What is known of an instance.

use super::waiting::{self, WaitingFor};
use super::{ClientError, InstanceHandle};
use crate::failure::Failure;
use crate::history::{Origin, Parent};
use crate::id::{ExecutionId, InstanceId};
use crate::payload::Payload;
use crate::store::{InstanceRecord, Status};
use crate::tags::Tags;
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// What is known of an instance: what [`InstanceHandle::status`] returns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InstanceStatus {
    /// Its id.
    pub id: InstanceId,
    /// Its current execution.
    pub execution: ExecutionId,
    /// The orchestrator's name.
    pub name: String,
    /// The orchestrator's version; empty unless it has one.
    pub version: String,
    /// Where it is in its life.
    pub status: Status,
    /// What it was started with: one JSON array with a member for each parameter. `None` if it was
    /// ended before that was recorded.
    pub input: Option<Payload>,
    /// Its tags.
    pub tags: Tags,
    /// The call that started it, if it is a sub-orchestration.
    pub parent: Option<Parent>,
    /// Where it comes from, if it was restarted, rewound or forked.
    pub origin: Option<Origin>,
    /// The W3C trace that it belongs to.
    pub trace: Option<TraceContext>,
    /// Why it is parked, if it is.
    pub parked_reason: Option<String>,
    /// If it, or one of its activities, is suspected of killing workers, or was given up for that:
    /// what is known of it, in the engine's words.
    pub suspect: Option<String>,
    /// What its orchestrator last set as its custom status.
    pub custom_status: Option<Payload>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it was last started, claimed, put to sleep, parked or ended.
    pub updated_at: Timestamp,
    /// What it waits for; nothing once it has ended.
    pub waiting_for: Vec<WaitingFor>,
    /// How it ended, if it did: the value or the failure.
    pub result: Option<Result<Payload, Failure>>,
}

impl InstanceHandle {
    /// What is known of it now. Reads its history to say what it waits for: for a glance at many
    /// instances, [`Client::query`](super::Client::query) is cheaper.
    ///
    /// ```no_run
    /// # use durable_core::client::{Client, ClientError, WaitingFor};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let status = client.instance("order-7").status().await?;
    /// println!("{} is {}", status.id, status.status);
    /// for what in &status.waiting_for {
    ///     println!("waits for {what}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::InvalidId`], [`ClientError::Unreadable`], and
    /// those of the store.
    pub async fn status(&self) -> Result<InstanceStatus, ClientError> {
        loop {
            let record = self.record().await?;
            match self.status_of(record.clone()).await {
                // Perhaps another execution, or instance, has taken its place between two reads.
                Err(e @ ClientError::Unreadable { .. }) if self.record().await? == record => return Err(e),
                Err(ClientError::Unreadable { .. }) => {}
                done => return done,
            }
        }
    }

    async fn status_of(&self, record: InstanceRecord) -> Result<InstanceStatus, ClientError> {
        let is_finished = record.status.is_finished();
        let result = match is_finished {
            true => Some(self.end_of(record.key, record.execution).await?.result),
            false => None,
        };
        let started = self.start_event(&record).await?;
        let waiting_for = match is_finished {
            true => Vec::new(),
            false => {
                let turns = self.turns(&record, record.execution).await?;
                waiting::waiting_for(&record, &turns, self.client.inner.env.now())
            }
        };
        let (input, parent, origin, trace) = match started {
            Some(s) => (Some(s.input), s.parent, s.origin.map(|origin| *origin), s.trace),
            None => (None, None, None, None),
        };
        Ok(InstanceStatus {
            id: record.id,
            execution: record.execution,
            name: record.name,
            version: record.version,
            status: record.status,
            input,
            tags: record.tags,
            parent,
            origin,
            trace,
            parked_reason: record.parked_reason,
            suspect: record.mark,
            custom_status: record.custom_status,
            created_at: record.created_at,
            updated_at: record.updated_at,
            waiting_for,
            result,
        })
    }
}
