//! Histories as short text, and what is waited for after them.
//!
//! A history is a list of turns separated by `|`, each a list of events separated by `,`: `call 0`,
//! `call 0.2` (its attempt 2), `child 1`, `timer 2`, `retry 0.2` (the delay before attempt 2),
//! `await 3 go`, `cancel 0`, `cancel event 3`, `done 0`, `failed 0`, `fired 2`, `raise go`, `suspend`,
//! `resume`. Turn n happens at second n.

use super::{Open, waiting_for};
use crate::definition::CallOptions;
use crate::failure::{Failure, FailureKind};
use crate::history::{Event, SubOrchestrationCreated, Turn};
use crate::id::{EventSeq, ExecutionId, InstanceId, InstanceKey, TaskId};
use crate::payload::Payload;
use crate::store::{InstanceRecord, Status};
use crate::tags::Tags;
use crate::time::Timestamp;

fn event(text: &str) -> Event {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |n: usize| {
        let (task, attempt) = words[n].split_once('.').unwrap_or((words[n], "1"));
        (TaskId(task.parse().unwrap()), attempt.parse::<u32>().unwrap())
    };
    let name = |n: usize| words[n].to_owned();
    let (id, attempt) =
        if words.len() > 1 && words[1].starts_with(char::is_numeric) { number(1) } else { (TaskId(0), 1) };
    match words[0] {
        "call" => {
            let (name, options) = ("work".into(), CallOptions::default());
            Event::TaskScheduled { id, attempt, name, input: Payload::null(), options }
        }
        "child" => Event::SubOrchestrationCreated(Box::new(SubOrchestrationCreated {
            id,
            attempt,
            instance: "c".into(),
            name: "child".into(),
            version: String::new(),
            input: Payload::null(),
            options: CallOptions::default(),
            detached: false,
        })),
        "timer" => Event::TimerCreated { id, attempt: 1, fire_at: Timestamp::from_unix_micros(0) },
        "retry" => Event::TimerCreated { id, attempt, fire_at: Timestamp::from_unix_micros(0) },
        "await" => Event::EventAwaited { id, name: name(2) },
        "cancel" if words[1] == "event" => Event::EventAwaitCanceled { id: number(2).0 },
        "cancel" => Event::TaskCanceled { id },
        "done" => Event::TaskCompleted { id, attempt, result: Payload::null() },
        "failed" => Event::TaskFailed { id, attempt, failure: Failure::new(FailureKind::Application, "no") },
        "fired" => Event::TimerFired { id, attempt },
        "raise" => Event::EventRaised { name: name(1), payload: Payload::null() },
        "suspend" => Event::Suspended { reason: "hold".into() },
        "resume" => Event::Resumed { reason: "go on".into() },
        other => panic!("{other}"),
    }
}

fn turns(history: &str) -> Vec<Turn> {
    (0..)
        .zip(history.split('|'))
        .map(|(n, turn)| {
            let events = turn.split(',').map(str::trim).filter(|e| !e.is_empty()).map(event);
            let (messages, decisions) = events.partition(Event::is_message);
            let at = Timestamp::from_unix_micros(n * 1_000_000);
            Turn { seq: EventSeq(0), at, messages, decisions }
        })
        .collect()
}

#[track_caller]
fn check(history: &str, expected: &[&str]) {
    let record = InstanceRecord {
        key: InstanceKey(1),
        id: InstanceId::from_stored("i"),
        execution: ExecutionId(0),
        name: "f".into(),
        version: String::new(),
        status: Status::Running,
        parked_reason: None,
        custom_status: None,
        created_at: Timestamp::MIN,
        updated_at: Timestamp::MIN,
        owner: None,
        wake_at: None,
        crashes: 0,
        mark: None,
        tags: Tags::default(),
    };
    let waiting = waiting_for(&record, &turns(history), Timestamp::MAX);
    let short = |w: String| w.replace("1970-01-01T00:00:0", "").replace(".000000Z", "s");
    let waiting: Vec<String> = waiting.iter().map(|w| short(w.to_string())).collect();
    assert_eq!(waiting, expected, "{history}");
}

#[test]
fn what_is_open_is_waited_for() {
    check("", &[]);
    check("call 0", &["#0: activity `work`, attempt 1, since 0s"]);
    check("call 0 | done 0", &[]);
    check("call 0, call 1 | done 0", &["#1: activity `work`, attempt 1, since 0s"]);
    check("timer 0, timer 1 | fired 1", &["#0: a timer at 0s"]);
    check("child 0", &["#0: sub-orchestration `child` as \"c\", attempt 1, since 0s"]);
    check("call 0, timer 1 | cancel 0", &["#1: a timer at 0s"]);
    // A late result of an attempt that is over.
    check(
        "call 0 | failed 0, retry 0.2 | fired 0.2, call 0.2 | done 0.1",
        &["#0: activity `work`, attempt 2, since 2s"],
    );
}

#[test]
fn between_two_attempts_the_next_one_is_waited_for() {
    let next = "#0: activity `work`, attempt 1 has failed, the next one begins at 0s";
    check("call 0 | failed 0, retry 0.2", &[next]);
    // While it was suspended the failure was recorded, and the delay decided on later.
    check("call 0 | suspend | failed 0 | resume, retry 0.2", &[next]);
    check("call 0 | failed 0", &[]);
    check("call 0 | failed 0, retry 0.2 | cancel 0", &[]);
    check("call 0 | failed 0, retry 0.2 | fired 0.2, call 0.2 | done 0.2", &[]);
}

#[test]
fn events_go_to_the_oldest_wait() {
    let (zero, one) = ("#0: event \"go\"", "#1: event \"go\"");
    check("await 0 go", &[zero]);
    check("await 0 go | raise go", &[]);
    check("await 0 go | raise GO", &[]);
    check("await 0 go | raise stop", &[zero]);
    check("await 0 go, await 1 go | raise go", &[one]);
    check("raise go, await 0 go", &[]);
    check("raise go, await 0 go, await 1 go", &[one]);
    check("await 0 go, await 1 go | cancel event 0 | raise go", &[]);
    check("await 0 go, await 1 go | cancel event 1 | raise go", &[]);
    // Given, and not taken: it goes to the next one.
    check("await 0 go, await 1 go | raise go, cancel event 0", &[]);
    check("await 0 go | raise go, cancel event 0 | await 1 go", &[]);
    check("await 0 go | raise go | cancel event 0 | raise go | await 1 go, await 2 go", &[]);
}

#[test]
fn a_resume_ends_a_suspension() {
    let mut open = Open::default();
    turns("suspend").iter().for_each(|t| open.absorb(t));
    assert_eq!(open.suspended.as_deref(), Some("hold"));
    turns("resume").iter().for_each(|t| open.absorb(t));
    assert_eq!(open.suspended, None);
}
