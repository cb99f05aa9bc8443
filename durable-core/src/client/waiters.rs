//! Who waits for instances that run elsewhere: one poll for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use crate::id::InstanceKey;
use crate::limits::POLL_INTERVAL;
use crate::store::Store;

/// Told when an instance is not running any more; then the store has its end.
type Waiter = oneshot::Sender<()>;

#[derive(Default)]
struct Table {
    waiting: BTreeMap<InstanceKey, Vec<Waiter>>,
    polling: bool,
}

/// The waiters of a client.
pub(super) struct Waiters {
    store: Arc<dyn Store>,
    table: Mutex<Table>,
}

impl Waiters {
    pub(super) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { store, table: Mutex::default() })
    }

    /// Resolves when this instance is not running any more. Needs a tokio runtime.
    pub(super) fn wait(self: &Arc<Self>, key: InstanceKey) -> oneshot::Receiver<()> {
        let (waiter, ended) = oneshot::channel();
        let mut table = self.lock();
        table.waiting.entry(key).or_default().push(waiter);
        if !table.polling {
            table.polling = true;
            tokio::spawn(poll(Arc::downgrade(self)));
        }
        ended
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that still wait; ends the poll when there are none.
    fn waiting(&self) -> Option<Vec<InstanceKey>> {
        let mut table = self.lock();
        table.waiting.retain(|_, waiters| {
            waiters.retain(|w| !w.is_closed());
            !waiters.is_empty()
        });
        table.polling = !table.waiting.is_empty();
        table.polling.then(|| table.waiting.keys().copied().collect())
    }

    async fn look(&self, keys: Vec<InstanceKey>) {
        // A failure is met, and reported, by who reads the end; here it only means "not yet".
        let Ok(statuses) = self.store.statuses(keys.clone()).await else { return };
        let running: BTreeSet<_> =
            statuses.into_iter().filter(|(.., s)| !s.is_finished()).map(|(key, ..)| key).collect();
        let mut table = self.lock();
        table.waiting.retain(|key, waiters| {
            let goes_on = running.contains(key) || keys.binary_search(key).is_err();
            if !goes_on {
                for waiter in waiters.drain(..) {
                    // Who has stopped waiting need not be told.
                    let _ = waiter.send(());
                }
            }
            goes_on
        });
    }
}

/// Looks after every change of the store for as long as somebody waits.
async fn poll(waiters: Weak<Waiters>) {
    let mut mark = None;
    loop {
        {
            let Some(waiters) = waiters.upgrade() else { return };
            let Some(keys) = waiters.waiting() else { return };
            // Whoever came since the last look has read the store itself, before it waited: so
            // only a change since then matters, and the first look is made in any case.
            match waiters.store.change_mark().await {
                Ok(new) if mark.replace(new) == Some(new) => {}
                _ => waiters.look(keys).await,
            }
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
