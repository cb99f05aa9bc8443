//! An orchestration that was started on a hub.

use std::fmt;
use std::marker::PhantomData;

use durable_core::client::ClientError;
use durable_core::history::History;
use durable_core::store::{Status, Store};
use durable_core::worker::engine::Ended;
use durable_core::{CallError, Failure, InstanceId, Orchestrator, Payload, Timestamp};
use serde::de::DeserializeOwned;

use super::TestHub;
use super::waits::{WaitsFor, waits_for};
use super::world::sure;
use crate::sim::block_on;

/// An orchestration on a [`TestHub`].
pub struct TestRun<D> {
    hub: TestHub,
    id: InstanceId,
    definition: PhantomData<fn() -> D>,
}

/// Why an orchestration gave no value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestRunError<E> {
    /// It ended without a value: with its own error (`CallError::Failed`), or in another way.
    Ended(CallError<E>),
    /// It can never end by itself.
    Stuck(Box<Stuck>),
    /// There is no such instance, or its value is not what its definition says.
    Client(ClientError),
}

/// An orchestration that can never end by itself, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stuck {
    /// Which instance.
    pub instance: InstanceId,
    /// Its status.
    pub status: Status,
    /// The virtual time.
    pub now: Timestamp,
    /// Why it is parked, if it is.
    pub parked_reason: Option<String>,
    /// What it waits for.
    pub waits_for: Vec<WaitsFor>,
    /// The clock was moved on again and again, and there is no end in sight.
    pub is_endless: bool,
}

impl<D: Orchestrator> TestRun<D> {
    pub(super) fn new(hub: TestHub, id: InstanceId) -> Self {
        Self { hub, id, definition: PhantomData }
    }

    /// The instance's id.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Runs the hub until this instance ends, and gives its value. When nothing can run, the
    /// clock jumps to the next deadline.
    ///
    /// # Errors
    ///
    /// [`TestRunError::Ended`] if it ended without a value; [`TestRunError::Stuck`] if it can never
    /// end by itself, and says what it waits for: an event that the test has not raised, say.
    pub fn result(&self) -> Result<D::Ok, TestRunError<D::Err>> {
        let ended = self.hub.run_to_end(&self.id)?;
        let value = ended.result.map_err(|f: Failure| TestRunError::Ended(f.into()))?;
        value
            .decode()
            .map_err(|e| TestRunError::Client(ClientError::Unreadable { id: self.id.clone(), reason: e.to_string() }))
    }

    /// Where it is in its life.
    ///
    /// # Panics
    ///
    /// If there is no such instance.
    pub fn status(&self) -> Status {
        self.hub.instance(self.id()).map_or_else(|| panic!("there is no instance {}", self.id), |r| r.status)
    }

    /// What its orchestrator last set as its custom status, if that is a `T`.
    pub fn custom_status<T: DeserializeOwned>(&self) -> Option<T> {
        self.hub.instance(self.id())?.custom_status.and_then(|s: Payload| s.decode().ok())
    }

    /// What it waits for now.
    pub fn waits_for(&self) -> Vec<WaitsFor> {
        self.hub.history(self.id()).map(|h| waits_for(&h.turns)).unwrap_or_default()
    }

    /// The history of its current execution.
    ///
    /// # Panics
    ///
    /// If there is no such instance.
    pub fn history(&self) -> History {
        self.hub.history(self.id()).unwrap_or_else(|| panic!("there is no instance {}", self.id))
    }
}

impl TestHub {
    /// Drives the hub until this instance has ended.
    pub(super) fn run_to_end<E>(&self, id: &InstanceId) -> Result<Ended, TestRunError<E>> {
        let jumps_max = self.world.borrow().setup.jumps_max;
        for _ in 0..=jumps_max {
            let settled = self.world.borrow_mut().settle();
            let Some(record) = self.instance(id.as_str()) else {
                return Err(TestRunError::Client(ClientError::NotFound(id.clone())));
            };
            if record.status.is_finished() {
                let last = sure(block_on(self.world.borrow().store.last_turn(record.key, record.execution)));
                let ended = last.and_then(|t| Ended::of(&t.unpack().ok()?));
                let unreadable = || ClientError::Unreadable { id: id.clone(), reason: "it has no end".into() };
                return ended.ok_or_else(|| TestRunError::Client(unreadable()));
            }
            if settled.is_err() {
                break;
            }
            let next = self.world.borrow().next_deadline();
            match next {
                Some(at) if record.status != Status::Parked => self.world.borrow_mut().now = at,
                _ => return Err(self.stuck(id, false)),
            }
        }
        Err(self.stuck(id, true))
    }

    fn stuck<E>(&self, id: &InstanceId, is_endless: bool) -> TestRunError<E> {
        let Some(record) = self.instance(id.as_str()) else {
            return TestRunError::Client(ClientError::NotFound(id.clone()));
        };
        let turns = self.history(id.as_str()).map(|h| h.turns).unwrap_or_default();
        TestRunError::Stuck(Box::new(Stuck {
            instance: id.clone(),
            status: record.status,
            now: self.now(),
            parked_reason: record.parked_reason,
            waits_for: waits_for(&turns),
            is_endless,
        }))
    }
}

impl<E> TestRunError<E> {
    /// The error that the orchestrator returned, if that is how it ended.
    pub fn failed(&self) -> Option<&E> {
        match self {
            TestRunError::Ended(CallError::Failed(e)) => Some(e),
            _ => None,
        }
    }

    /// Why it can never end, if that is so.
    pub fn stuck(&self) -> Option<&Stuck> {
        match self {
            TestRunError::Stuck(stuck) => Some(stuck),
            _ => None,
        }
    }
}

impl<E: fmt::Debug> fmt::Display for TestRunError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TestRunError::Ended(e) => write!(f, "the orchestration ended with an error: {e}"),
            TestRunError::Stuck(stuck) => stuck.fmt(f),
            TestRunError::Client(e) => e.fmt(f),
        }
    }
}

impl<E: fmt::Debug> std::error::Error for TestRunError<E> {}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instance, status, now, .. } = self;
        if let Some(reason) = &self.parked_reason {
            return write!(f, "instance {instance} is parked: {reason}");
        }
        match self.is_endless {
            true => write!(f, "instance {instance} ({status}) runs for ever: there is no end in sight at {now}")?,
            false => write!(f, "instance {instance} ({status}) can never end by itself at {now}")?,
        }
        if *status == Status::Suspended {
            f.write_str("; it is suspended and waits to be resumed")?;
        }
        let waits: Vec<String> = self.waits_for.iter().map(ToString::to_string).collect();
        if waits.is_empty() { Ok(()) } else { write!(f, "; it waits for {}", waits.join(", ")) }
    }
}

impl<D> fmt::Debug for TestRun<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestRun({})", self.id)
    }
}
