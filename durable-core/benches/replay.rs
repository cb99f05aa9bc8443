//! What bringing an instance back costs: reading its turns, and replaying them.
//! `cargo bench -p durable-core --bench replay`

#![allow(missing_docs, reason = "the macros of criterion")]
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use durable_core::definition::OrchestratorFn;
use durable_core::history::{Event, ExecutionStarted, PackedTurn, Turn};
use durable_core::replay::{Execution, replay};
use durable_core::{
    Activity, Definition, DefinitionKind, ExecutionId, InstanceId, Invocation, Payload, TaskId, Timestamp, join_all,
};

struct Work;

impl Definition for Work {
    const NAME: &'static str = "work";
    const KIND: DefinitionKind = DefinitionKind::Activity;
    type Ok = String;
    type Err = String;
}

impl Activity for Work {}

const STEPS: u64 = 2_500;

fn chain() -> OrchestratorFn {
    Arc::new(|ctx, _| {
        Box::pin(async move {
            for n in 0..STEPS {
                ctx.call(Invocation::<Work>::new(&(n,))).await.unwrap();
            }
            Ok(Payload::null())
        })
    })
}

fn fan_out() -> OrchestratorFn {
    Arc::new(|ctx, _| {
        Box::pin(async move {
            join_all((0..2 * STEPS).map(|n| ctx.call(Invocation::<Work>::new(&(n,))))).await;
            Ok(Payload::null())
        })
    })
}

fn instance() -> InstanceId {
    InstanceId::new("i").unwrap()
}

fn completed(n: u64) -> Event {
    let result = Payload::encode(&"r".repeat(200)).unwrap();
    Event::TaskCompleted { id: TaskId(n), attempt: 1, result }
}

/// The turns of an execution that gets these batches of messages after its start.
fn history(code: &OrchestratorFn, batches: impl Iterator<Item = Vec<Event>>) -> Vec<Turn> {
    let (name, version, input) = ("f", "", Payload::null());
    let start = Event::ExecutionStarted(Box::new(ExecutionStarted::new(name, version, input, 1)));
    let mut execution = Execution::new(instance(), ExecutionId(0), code.clone());
    let all = std::iter::once(vec![start]).chain(batches);
    all.map(|messages| execution.run(Timestamp::default(), messages).unwrap()).collect()
}

fn replays(c: &mut Criterion) {
    let cases = [
        ("chain of 2,500 steps, 7,500 events", chain(), history(&chain(), (0..STEPS).map(|n| vec![completed(n)]))),
        (
            "fan-out of 5,000, 10,000 events",
            fan_out(),
            history(&fan_out(), std::iter::once((0..2 * STEPS).map(completed).collect())),
        ),
    ];
    for (name, code, turns) in cases {
        let packed: Vec<PackedTurn> = turns.iter().map(|t| PackedTurn::pack(t).unwrap()).collect();
        c.bench_function(&format!("unpack: {name}"), |b| {
            b.iter(|| packed.iter().map(|t| t.unpack().unwrap().count()).sum::<u64>());
        });
        c.bench_function(&format!("replay: {name}"), |b| {
            b.iter_batched(
                || turns.clone(),
                |turns| black_box(replay(&instance(), ExecutionId(0), &code, &turns).unwrap()),
                BatchSize::LargeInput,
            );
        });
    }
}

criterion_group!(benches, replays);
criterion_main!(benches);
