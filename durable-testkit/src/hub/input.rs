//! What a test does to a hub: start, raise, terminate, suspend, resume.

use std::time::Duration;

use durable_core::client::ClientError;
use durable_core::history::{Event, ExecutionStarted};
use durable_core::store::{CommitOutcome, NewInstance, StoreError, Subject};
use durable_core::{InstanceId, Invocation, Orchestrator, Payload};
use serde::Serialize;

use super::world::Planned;
use super::{TestHub, TestRun};

impl TestHub {
    /// Starts an orchestration; nothing of it runs yet. Without `.instance_id(..)` the instances
    /// are `run-1`, `run-2` and so on.
    ///
    /// # Panics
    ///
    /// If it cannot be started: see [`TestHub::try_start`].
    pub fn start<D: Orchestrator>(&self, invocation: Invocation<D>) -> TestRun<D> {
        self.try_start(invocation).unwrap_or_else(|e| panic!("`{}` was not started: {e}", D::NAME))
    }

    /// Starts an orchestration.
    ///
    /// # Errors
    ///
    /// [`ClientError`], as from a client.
    pub fn try_start<D: Orchestrator>(&self, invocation: Invocation<D>) -> Result<TestRun<D>, ClientError> {
        let mut world = self.world.borrow_mut();
        let start = invocation.into_start(world.now)?;
        let id = match start.id {
            Some(id) => id,
            None => {
                world.starts += 1;
                InstanceId::new(format!("run-{}", world.starts))?
            }
        };
        let seed = world.rng.word();
        let started = ExecutionStarted::new(D::NAME, &start.version, start.input, seed);
        let (start_at, tags) = (start.start_at, start.tags);
        let instance = NewInstance { start_at, tags, ..NewInstance::new(id.clone(), D::NAME, start.version) };
        let subject = Subject::New(instance);
        match world.deliver(subject, Event::ExecutionStarted(Box::new(started))) {
            CommitOutcome::Applied { .. } => Ok(TestRun::new(self.clone(), id)),
            CommitOutcome::AlreadyExists { status, .. } => Err(ClientError::AlreadyExists { id, status }),
            other => Err(refused(&other)),
        }
    }

    /// A handle on an instance of the orchestrator `D` that the test did not start itself: a
    /// sub-orchestration, say. It need not exist yet.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidId`].
    pub fn run_of<D: Orchestrator>(&self, id: impl AsRef<str>) -> Result<TestRun<D>, ClientError> {
        Ok(TestRun::new(self.clone(), InstanceId::new(id)?))
    }

    /// Raises an external event.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], and those of a wrong id or
    /// payload.
    pub fn raise<T: Serialize + ?Sized>(
        &self,
        id: impl AsRef<str>,
        name: &str,
        payload: &T,
    ) -> Result<(), ClientError> {
        let payload = Payload::encode(payload)?;
        self.send(id, Event::EventRaised { name: name.to_owned(), payload }, false)
    }

    /// Raises an external event when the virtual clock has gone on by so much. An instance that
    /// is not there then does not get it. This is how [`crash_everywhere`](super::crash_everywhere)
    /// comes to its events.
    ///
    /// # Errors
    ///
    /// Those of a wrong id or payload.
    pub fn raise_after<T: Serialize + ?Sized>(
        &self,
        delay: Duration,
        id: impl AsRef<str>,
        name: &str,
        payload: &T,
    ) -> Result<(), ClientError> {
        let (id, payload) = (InstanceId::new(id)?, Payload::encode(payload)?);
        let mut world = self.world.borrow_mut();
        world.last += 1;
        let at = (world.now + delay, world.last);
        world.planned.insert(at, Planned { id, name: name.to_owned(), payload });
        Ok(())
    }

    /// Ends an instance; the end comes with its next turn.
    ///
    /// # Errors
    ///
    /// [`ClientError::NotFound`], [`ClientError::AlreadyFinished`], and those of a wrong id.
    pub fn terminate(&self, id: impl AsRef<str>, reason: &str) -> Result<(), ClientError> {
        self.send(id, Event::TerminateRequested { reason: reason.to_owned(), by: None }, true)
    }

    /// Suspends an instance: it decides nothing until it is resumed.
    ///
    /// # Errors
    ///
    /// As [`TestHub::terminate`].
    pub fn suspend(&self, id: impl AsRef<str>, reason: &str) -> Result<(), ClientError> {
        self.send(id, Event::Suspended { reason: reason.to_owned() }, false)
    }

    /// Resumes an instance.
    ///
    /// # Errors
    ///
    /// As [`TestHub::terminate`].
    pub fn resume(&self, id: impl AsRef<str>, reason: &str) -> Result<(), ClientError> {
        self.send(id, Event::Resumed { reason: reason.to_owned() }, false)
    }

    fn send(&self, id: impl AsRef<str>, message: Event, unpark: bool) -> Result<(), ClientError> {
        let id = InstanceId::new(id)?;
        match self.world.borrow_mut().send(id.clone(), message, unpark) {
            CommitOutcome::Applied { .. } => Ok(()),
            CommitOutcome::NotFound => Err(ClientError::NotFound(id)),
            CommitOutcome::Finished { status } => Err(ClientError::AlreadyFinished { id, status }),
            other => Err(refused(&other)),
        }
    }
}

fn refused(outcome: &CommitOutcome) -> ClientError {
    StoreError::Other(format!("the store refused it: {outcome:?}")).into()
}
