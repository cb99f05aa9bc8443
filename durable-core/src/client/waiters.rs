//! Who waits for instances that run elsewhere: one poll for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::oneshot;

use crate::id::InstanceKey;
use crate::limits::POLL_INTERVAL;
use crate::store::{Status, Store};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// A worker has taken it.
    Started,
    /// It has ended: the store has its end.
    Ended,
}

impl Until {
    fn is_yet_to_come(self, status: Status) -> bool {
        match self {
            Until::Started => status == Status::Pending,
            Until::Ended => !status.is_finished(),
        }
    }
}

/// Told when it has come, or the instance is gone.
struct Waiter {
    until: Until,
    tell: oneshot::Sender<()>,
}

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

    /// Resolves when it has come so far with this instance, or the instance is gone. Needs a tokio
    /// runtime.
    pub(super) fn wait(self: &Arc<Self>, key: InstanceKey, until: Until) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        let mut table = self.lock();
        table.waiting.entry(key).or_default().push(Waiter { until, tell });
        if !table.polling {
            table.polling = true;
            tokio::spawn(poll(Arc::downgrade(self)));
        }
        told
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that still wait; ends the poll when there are none.
    fn waiting(&self) -> Option<Vec<InstanceKey>> {
        let mut table = self.lock();
        table.waiting.retain(|_, waiters| {
            waiters.retain(|w| !w.tell.is_closed());
            !waiters.is_empty()
        });
        table.polling = !table.waiting.is_empty();
        table.polling.then(|| table.waiting.keys().copied().collect())
    }

    async fn look(&self, keys: Vec<InstanceKey>) {
        // A failure is met, and reported, by who reads the end; here it only means "not yet".
        let Ok(statuses) = self.store.statuses(keys.clone()).await else { return };
        let statuses: BTreeMap<_, _> = statuses.into_iter().map(|(key, _, status)| (key, status)).collect();
        let mut table = self.lock();
        table.waiting.retain(|key, waiters| {
            // Who came after the question is answered by the next look.
            if keys.binary_search(key).is_err() {
                return true;
            }
            let status = statuses.get(key);
            let comes = |w: &mut Waiter| !status.is_some_and(|status| w.until.is_yet_to_come(*status));
            for waiter in waiters.extract_if(.., comes) {
                // Who has stopped waiting need not be told.
                let _ = waiter.tell.send(());
            }
            !waiters.is_empty()
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
