//! What an orchestration must come to.

use durable_core::history::{Event, Turn};
use serde_json::Value;

/// What an orchestration must come to.
#[derive(Clone, Debug)]
pub(in crate::sim) enum Expected {
    /// This value.
    Output(Value),
    /// An error with this text.
    Error(String),
    /// The arguments of its calls, as they were recorded when they were made.
    Captured,
    /// The ids of instances that it has started, which must have ended with a value.
    Started,
}

impl Expected {
    /// What is wrong with how an execution ended, if anything is.
    pub(in crate::sim) fn compare(&self, turns: &[Turn]) -> Result<(), String> {
        let end = turns.last().and_then(Turn::terminal);
        match (self, end) {
            (_, None) => Err("it has not ended".into()),
            (Expected::Error(text), Some(Event::ExecutionFailed { failure })) if failure.message == *text => Ok(()),
            (Expected::Output(expected), Some(Event::ExecutionCompleted { output })) => {
                let actual = output.decode::<Value>().map_err(|e| e.to_string())?;
                if actual == *expected { Ok(()) } else { Err(format!("its result is {actual}, not {expected}")) }
            }
            (Expected::Captured, Some(Event::ExecutionCompleted { output })) => {
                let actual = output.decode::<Value>().map_err(|e| e.to_string())?;
                let recorded = recorded_arguments(turns)?;
                if actual == recorded {
                    Ok(())
                } else {
                    Err(format!("its result is {actual}, but {recorded} was recorded"))
                }
            }
            // What it says is looked at where the other instances are known.
            (Expected::Started, Some(Event::ExecutionCompleted { .. })) => Ok(()),
            (expected, Some(end)) => Err(format!("it ended with {end}, not as {expected:?}")),
        }
    }
}

/// The argument of each call, in order.
fn recorded_arguments(turns: &[Turn]) -> Result<Value, String> {
    let scheduled = turns.iter().flat_map(|t| &t.decisions).filter_map(|e| match e {
        Event::TaskScheduled { input, .. } => Some(input),
        _ => None,
    });
    let arguments = scheduled.map(|input| input.decode::<(Value,)>().map(|(value,)| value).map_err(|e| e.to_string()));
    Ok(Value::Array(arguments.collect::<Result<_, _>>()?))
}
