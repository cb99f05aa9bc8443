//! Starting by name, with JSON: for tools, and for HTTP.

use std::future::IntoFuture;
use std::time::Duration;

use serde::Serialize;

use super::{Client, ClientError, ClientFuture, Run, checks};
use crate::definition::{Definition, DefinitionKind, Orchestrator, ReusePolicy, StartOptions, StartTime};
use crate::payload::{Payload, PayloadError};
use crate::time::Timestamp;
use crate::trace::TraceContext;

/// An orchestrator whose types are not known here: its value and its error are JSON.
///
/// What [`Client::start_by_name`] gives is a `Run<Untyped>`.
#[derive(Clone, Copy, Debug)]
pub enum Untyped {}

#[diagnostic::do_not_recommend]
impl Definition for Untyped {
    const NAME: &'static str = "";
    const KIND: DefinitionKind = DefinitionKind::Orchestrator;
    type Ok = serde_json::Value;
    type Err = serde_json::Value;
}

// Of no help to who passes something else where an orchestrator is wanted.
#[diagnostic::do_not_recommend]
impl Orchestrator for Untyped {}

impl Client {
    /// Starts an orchestrator by its durable name.
    ///
    /// A JSON array is taken as the parameters, one member for each; anything else is the only
    /// parameter, and `null` means that there is none. So a single parameter that is itself an
    /// array, or `null`, stands in an array of its own: `json!([["Tokyo", "Seattle"]])`. Whether they
    /// fit is found by the worker that runs it: parameters of other types fail the execution.
    ///
    /// ```no_run
    /// # use durable_core::client::Client;
    /// # async fn example(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let run = client.start_by_name("checkout", &serde_json::json!(["order-7", 3])).instance_id("order-7").await?;
    /// let receipt: serde_json::Value = run.result().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidName`], and those of [`Client::start`]. A name that no worker knows is
    /// none: the instance waits for one that does, parked visibly.
    pub fn start_by_name<T: Serialize + ?Sized>(&self, name: &str, input: &T) -> StartByName {
        StartByName {
            client: self.clone(),
            name: name.to_owned(),
            input: Payload::arguments(input),
            id: None,
            options: StartOptions::default(),
        }
    }
}

/// A start by name: what [`Client::start_by_name`] returns. Await it for the run.
#[must_use = "nothing is started until it is awaited"]
pub struct StartByName {
    client: Client,
    name: String,
    input: Result<Payload, PayloadError>,
    id: Option<String>,
    options: StartOptions,
}

impl StartByName {
    /// The orchestrator's version; none unless given.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.options.version = Some(version.into());
        self
    }

    /// The id of the instance, instead of a generated one.
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A label to find the instance by. May be called several times.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.tag(name, value);
        self
    }

    /// Makes it idempotent, as [`Invocation::request_id`](crate::Invocation::request_id) does.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.options.request_id = Some(id.into());
        self
    }

    /// Starts at this time and not before.
    pub fn start_at(mut self, at: Timestamp) -> Self {
        self.options.start = Some(StartTime::At(at));
        self
    }

    /// Starts so long after it is awaited, and not before.
    pub fn start_after(mut self, delay: Duration) -> Self {
        self.options.start = Some(StartTime::After(delay));
        self
    }

    /// Which holder of its id may be replaced; one that has finished unless given.
    pub fn reuse(mut self, policy: ReusePolicy) -> Self {
        self.options.reuse = policy;
        self
    }

    /// The W3C trace context under which it is started.
    pub fn traceparent(mut self, of: TraceContext) -> Self {
        self.options.trace = Some(of);
        self
    }
}

impl IntoFuture for StartByName {
    type Output = Result<Run<Untyped>, ClientError>;
    type IntoFuture = ClientFuture<Run<Untyped>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let name = checks::name("orchestrator name", &self.name)?;
            let version = self.options.version.clone().unwrap_or_default();
            let start = self.client.checked_start(&name, &version, self.input?, self.id, self.options)?;
            let begun = self.client.begin(start).await?;
            Ok(Run::new(self.client, begun.id, begun.key, begun.here))
        })
    }
}
