//! What an orchestrator logs is logged once, under a span that says whose it is.

use std::io::Write;
use std::sync::{Arc, Mutex};

use durable::prelude::*;

#[activity]
async fn nothing() -> Result<()> {
    Ok(())
}

#[orchestrator]
async fn talkative(ctx: &OrchestrationContext) -> Result<()> {
    for n in 0..3 {
        tracing::info!("talkative says {n}");
        durable::info!(ctx, "talkative adds {n}");
        ctx.call(nothing()).await?;
    }
    Ok(())
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_silent_while_replaying() {
    let log = Log::default();
    let writer = log.clone();
    // For the whole process, because the worker has a thread of its own.
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    // One session, and a check of each turn by a replay from the beginning: all of it runs often.
    let worker = Worker::builder(MemoryStore::new()).max_sessions(1).double_run(true);
    let worker = worker.register(nothing::definition()).register(talkative::definition()).start().await.unwrap();
    let runs = [
        worker.client().start(talkative().instance_id("talker-1")).await.unwrap(),
        worker.client().start(talkative().instance_id("talker-2")).await.unwrap(),
    ];
    for run in &runs {
        run.result().await.unwrap();
    }
    worker.shutdown().await.unwrap();

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines = |what: &str| text.lines().filter(|line| line.contains(what)).collect::<Vec<_>>();
    for n in 0..3 {
        for said in [format!("talkative says {n}"), format!("talkative adds {n}")] {
            let lines = lines(&said);
            assert_eq!(lines.len(), 2, "{said:?} once for each instance:\n{text}");
            for instance in ["talker-1", "talker-2"] {
                let whose = lines.iter().filter(|line| line.contains(&format!("instance={instance}"))).count();
                assert_eq!(whose, 1, "{lines:?}");
            }
        }
    }
}
