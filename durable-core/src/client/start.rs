//! Starting: through the worker here, which takes the first turn at once, or through the store.

use std::time::Duration;

use tokio::sync::oneshot;

use super::{Client, ClientError, Run, checks, same_request};
use crate::definition::{Invocation, Orchestrator, ReusePolicy, StartOptions};
use crate::history::{Event, ExecutionStarted, Origin};
use crate::id::{ExecutionId, InstanceId, InstanceKey};
use crate::limits::POLL_INTERVAL;
use crate::payload::Payload;
use crate::store::{CommitOutcome, NewInstance, Request, Status, StoreError, Subject};
use crate::worker::engine::{Ended, StartRefused, StartRequest, Started};
use crate::worker::{Input, Inputs};

/// A start, checked.
pub(super) struct Start {
    pub(super) instance: NewInstance,
    pub(super) started: ExecutionStarted,
    pub(super) reuse: ReusePolicy,
    pub(super) request: Option<Request>,
}

/// An instance that was started, now or by an earlier call with the same request id.
pub(super) struct Begun {
    pub(super) id: InstanceId,
    pub(super) key: InstanceKey,
    pub(super) here: Option<oneshot::Receiver<Ended>>,
}

/// Why it was not.
pub(super) enum NotBegun {
    /// The id is taken, and its holder stays.
    Taken {
        id: InstanceId,
        key: InstanceKey,
        status: Status,
    },
    Error(ClientError),
}

impl From<ClientError> for NotBegun {
    fn from(e: ClientError) -> Self {
        NotBegun::Error(e)
    }
}

impl From<StoreError> for NotBegun {
    fn from(e: StoreError) -> Self {
        NotBegun::Error(e.into())
    }
}

impl From<NotBegun> for ClientError {
    fn from(e: NotBegun) -> Self {
        match e {
            NotBegun::Taken { id, status, .. } => ClientError::AlreadyExists { id, status },
            NotBegun::Error(e) => e,
        }
    }
}

impl Client {
    /// Starts an orchestration. When this returns, the start is durable; through a worker's client its
    /// first turn has been taken then, too.
    ///
    /// Without `.instance_id(..)` the instance gets a new UUIDv7 as its id. An id whose instance
    /// has ended may be used again: the new execution takes the place of the old one, whose
    /// history is deleted; `.reuse(..)` says otherwise. With `.request_id(..)` the same start sent
    /// again starts nothing, and gives the run of the first time (whose id may be another than the
    /// one that this call would have generated).
    ///
    /// ```no_run
    /// # use durable_core::{Invocation, Orchestrator, ReusePolicy, client::{Client, ClientError}};
    /// # async fn example<D: Orchestrator>(client: Client, checkout: fn(u32) -> Invocation<D>) -> Result<(), ClientError> {
    /// let invocation = checkout(7).instance_id("order-7").tag("customer", "42").request_id("http-1234");
    /// let run = client.start(invocation.reuse(ReusePolicy::never())).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::AlreadyExists`] if the id is taken by an instance that may not be replaced,
    /// [`ClientError::InvalidId`], [`ClientError::InvalidInput`], [`ClientError::InvalidTag`] and
    /// [`ClientError::InvalidRequestId`] if what is given cannot be recorded,
    /// [`ClientError::RequestIdReused`] if the request id stands for something else,
    /// [`ClientError::Store`] if the store failed.
    pub async fn start<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<Run<D>, ClientError> {
        let begun = self.begin(self.start_of(invocation)?).await?;
        Ok(Run::new(self.clone(), begun.id, begun.key, begun.here))
    }

    /// The run of the instance of this id, whatever has become of it; started if there is none.
    /// Nothing is replaced: the invocation's reuse policy does not count.
    ///
    /// ```no_run
    /// # use durable_core::{Invocation, Orchestrator, client::{Client, ClientError}};
    /// # async fn example<D: Orchestrator>(client: Client, checkout: fn(u32) -> Invocation<D>) -> Result<(), ClientError> {
    /// let run = client.start_or_get(checkout(7).instance_id("order-7")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::InstanceIdMissing`] without an id, [`ClientError::OtherOrchestrator`] if the
    /// instance of this id is none of `D`, and those of [`Client::start`] but
    /// [`ClientError::AlreadyExists`].
    pub async fn start_or_get<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<Run<D>, ClientError> {
        if !invocation.has_instance_id() {
            return Err(ClientError::InstanceIdMissing);
        }
        let start = self.start_of(invocation.reuse(ReusePolicy::never()))?;
        match self.begin(start).await {
            Ok(begun) => Ok(Run::new(self.clone(), begun.id, begun.key, begun.here)),
            Err(NotBegun::Taken { id, key, .. }) => {
                // What another orchestrator returns is not what this run would give.
                match self.store().instance(id.clone()).await? {
                    Some(holder) if holder.name != D::NAME => {
                        Err(ClientError::OtherOrchestrator { id, name: holder.name, wanted: D::NAME.to_owned() })
                    }
                    _ => Ok(Run::new(self.clone(), id, key, None)),
                }
            }
            Err(NotBegun::Error(e)) => Err(e),
        }
    }

    fn start_of<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<Start, ClientError> {
        let parts = invocation.into_parts();
        let version = parts.version::<D>();
        let options = parts.start.map(|options| *options).unwrap_or_default();
        self.checked_start(D::NAME, &version, parts.input?, parts.instance_id, options)
    }

    /// Checks everything that a start is made of.
    pub(super) fn checked_start(
        &self,
        name: &str,
        version: &str,
        input: Payload,
        id: Option<String>,
        options: StartOptions,
    ) -> Result<Start, ClientError> {
        let is_generated = id.is_none();
        let id = self.id_or_new(id)?;
        let version = checks::version(version)?;
        let mut instance = NewInstance::new(id, name, &version);
        instance.tags = options.tags()?;
        instance.start_at = options.start.map(|start| start.from(self.inner.env.now()));
        let arguments = fingerprint(&input);
        let mut started = ExecutionStarted::new(name, version, input, self.inner.env.random());
        started.trace = options.trace.or_else(|| self.current_trace());
        let request = checks::request(options.request_id, || {
            let id = if is_generated { String::new() } else { format!(" as {}", instance.id) };
            format!("start {name}{id} with #{arguments:016x}")
        })?;
        Ok(Start { instance, started, reuse: options.reuse, request })
    }

    /// A start of an execution that comes from another one.
    pub(super) fn start_from(&self, instance: NewInstance, input: Payload, origin: Origin) -> Start {
        let seed = origin.key_seed;
        let mut started = ExecutionStarted::new(&instance.name, &instance.version, input, seed);
        started.origin = Some(Box::new(origin));
        Start { instance, started, reuse: ReusePolicy::finished(), request: None }
    }

    pub(super) fn id_or_new(&self, id: Option<String>) -> Result<InstanceId, ClientError> {
        let id = id.unwrap_or_else(|| self.inner.env.new_id().to_string());
        Ok(InstanceId::new(id)?)
    }

    /// Starts; where the policy replaces a holder that has not ended, ends that first.
    pub(super) async fn begin(&self, mut start: Start) -> Result<Begun, NotBegun> {
        start.instance.replaces = start.reuse.replaces();
        loop {
            let (id, key, status) = match self.begin_once(&start).await {
                Err(NotBegun::Taken { id, key, status }) => (id, key, status),
                done => return done,
            };
            if status.is_finished() || !start.reuse.allows(status) {
                return Err(NotBegun::Taken { id, key, status });
            }
            let holder = self.instance(id.as_str());
            let held = self.store().statuses(vec![key]).await?.first().map(|(_, execution, _)| *execution);
            match holder.terminate(format!("a new start of {id} takes its place")).await {
                Ok(()) => {}
                // It has ended by itself, or is gone.
                Err(ClientError::AlreadyFinished { .. } | ClientError::NotFound(_)) => {}
                Err(e) => return Err(e.into()),
            }
            self.has_made_room(key, held).await?;
            // However it ended: it was to make room.
            start.instance.replaces = ReusePolicy::finished().replaces();
        }
    }

    /// Waits until the execution that held an id has ended, or another one has taken its place: then
    /// whoever started that was quicker, and its end is not waited for.
    async fn has_made_room(&self, key: InstanceKey, held: Option<ExecutionId>) -> Result<(), StoreError> {
        let mut pause = Duration::from_millis(1);
        loop {
            let found = self.store().statuses(vec![key]).await?;
            let is_held = |(_, execution, status): &(_, _, Status)| Some(*execution) == held && !status.is_finished();
            if !found.first().is_some_and(is_held) {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(POLL_INTERVAL);
        }
    }

    async fn begin_once(&self, start: &Start) -> Result<Begun, NotBegun> {
        let (instance, started, request) = (start.instance.clone(), start.started.clone(), start.request.clone());
        if let Some(worker) = self.inner.worker.as_ref().filter(|_| instance.start_at.is_none()) {
            match self.start_here(worker, StartParts { instance, started, request }).await {
                Ok(Started { key, ended, .. }) => {
                    return Ok(Begun { id: start.instance.id.clone(), key, here: Some(ended) });
                }
                // The worker has lost its lease, or leaves: nothing is written, and the store needs
                // no worker for a start.
                Err(StartRefused::NotHere | StartRefused::Outcome(CommitOutcome::Fenced)) => {}
                Err(StartRefused::Outcome(outcome)) => {
                    return begun(&start.instance.id, start.request.as_ref(), outcome);
                }
                Err(StartRefused::Store(e)) => return Err(e.into()),
            }
        }
        let message = Event::ExecutionStarted(Box::new(start.started.clone()));
        let subject = Subject::New(start.instance.clone());
        let outcome = self.deliver(subject, vec![message], start.request.clone()).await?;
        begun(&start.instance.id, start.request.as_ref(), outcome)
    }

    async fn start_here(&self, worker: &Inputs, parts: StartParts) -> Result<Started, StartRefused> {
        let StartParts { instance, started, request } = parts;
        let (reply, answer) = oneshot::channel();
        if worker.send(Input::Start(Box::new(StartRequest { instance, started, request, reply }))).is_err() {
            return Err(StartRefused::NotHere);
        }
        match answer.await {
            Ok(answer) => answer,
            // The worker stopped, or lost its lease, between the request and its commit.
            Err(_) => Err(StartRefused::Store(StoreError::Unknown(
                "the worker let go of the start before it was confirmed".into(),
            ))),
        }
    }
}

struct StartParts {
    instance: NewInstance,
    started: ExecutionStarted,
    request: Option<Request>,
}

/// What the outcome of a start's commit means.
pub(super) fn begun(id: &InstanceId, request: Option<&Request>, outcome: CommitOutcome) -> Result<Begun, NotBegun> {
    match outcome {
        CommitOutcome::Applied { key, .. } => Ok(Begun { id: id.clone(), key, here: None }),
        CommitOutcome::Repeated { operation, id, key, .. } => {
            same_request(request, &operation, &id)?;
            Ok(Begun { id, key, here: None })
        }
        CommitOutcome::AlreadyExists { key, status, .. } => Err(NotBegun::Taken { id: id.clone(), key, status }),
        CommitOutcome::Fenced => Err(StoreError::Fenced.into()),
        other => Err(StoreError::Other(format!("the start was refused: {other:?}")).into()),
    }
}

/// FNV-1a: tells whether two requests of one id bring the same arguments.
fn fingerprint(input: &Payload) -> u64 {
    input
        .as_str()
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}
