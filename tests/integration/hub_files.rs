//! The file, as a crash may leave it.

use std::path::Path;

use durable::prelude::*;
use durable::store::Store;

#[orchestrator]
async fn answer(_ctx: &OrchestrationContext) -> Result<u32> {
    Ok(42)
}

async fn works(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let worker = Worker::builder(store.clone()).register(answer::definition()).start().await.unwrap();
    assert_eq!(worker.client().start(answer()).await.unwrap().result().await.unwrap(), 42);
    worker.shutdown().await.unwrap();
    store.close().await.unwrap();
}

/// Turning a database to WAL mode is a transaction of SQLite's old kind: a process that is
/// killed in it leaves a journal that the next one has to roll back. Found by
/// `crash_and_resume`; here the journal is made by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_whose_maker_was_killed_while_it_opened_it_opens() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("hub.db");
    works(&file).await;

    let database = std::fs::read(&file).unwrap();
    let page_bytes = u32::from(u16::from_be_bytes([database[16], database[17]]));
    let pages = u32::try_from(database.len()).unwrap() / page_bytes;
    let mut journal = vec![0; 512];
    journal[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    // No page was changed yet: their number, a nonce, the size of the database, sector, page.
    for (n, word) in [0, 7, pages, 512, page_bytes].into_iter().enumerate() {
        journal[8 + n * 4..12 + n * 4].copy_from_slice(&word.to_be_bytes());
    }
    std::fs::write(directory.path().join("hub.db-journal"), journal).unwrap();

    works(&file).await;
    assert!(!directory.path().join("hub.db-journal").exists());
}

/// Killed processes leave the log behind, and a file that is being used by others is no obstacle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_stores_on_one_file_open_and_work_at_the_same_time() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("hub.db");
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let file = file.clone();
        all.spawn(async move { works(&file).await });
    }
    all.join_all().await;
    let names: Vec<String> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("-new-") || name.contains("lock"))
        .collect();
    assert_eq!(names, [""; 0], "nothing is left behind");
}
