//! Commits of a client's concurrent callers share transactions.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::limits::BATCH_COMMITS_MAX;
use crate::store::{Commit, CommitOutcome, Store, StoreError};

type Answer = Result<CommitOutcome, StoreError>;

/// Whoever comes first writes for all who come while it writes; nobody waits for a batch to fill.
pub(super) struct GroupCommit {
    store: Arc<dyn Store>,
    waiting: Mutex<VecDeque<(Commit, oneshot::Sender<Answer>)>>,
    /// Held by the caller who writes.
    leader: tokio::sync::Mutex<()>,
}

impl GroupCommit {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, waiting: Mutex::default(), leader: tokio::sync::Mutex::default() }
    }

    pub(super) async fn commit(&self, commit: Commit) -> Answer {
        let (sender, mut answer) = oneshot::channel();
        self.lock().push_back((commit, sender));
        let _leader = self.leader.lock().await;
        // An earlier leader may have written it.
        if let Ok(answered) = answer.try_recv() {
            return answered;
        }
        let batch: Vec<_> = {
            let mut waiting = self.lock();
            let n = waiting.len().min(BATCH_COMMITS_MAX);
            waiting.drain(..n).collect()
        };
        let (commits, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let result = self.store.commit(commits).await;
        match result {
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    // Who has gone away need not be told.
                    let _ = answer.send(Ok(outcome));
                }
            }
            Err(e) => answers.into_iter().for_each(|answer| drop(answer.send(Err(e.clone())))),
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Unknown("the commit was given up on the way".into())))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(Commit, oneshot::Sender<Answer>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
