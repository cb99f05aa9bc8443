//! How activities and tests meet: a list of notes that everybody can add to and wait for.

use tokio::sync::watch;

/// Given to a worker with `.data(probe.clone())`.
#[derive(Clone)]
pub(crate) struct Probe(watch::Sender<Vec<String>>);

impl Default for Probe {
    fn default() -> Self {
        Self(watch::Sender::new(Vec::new()))
    }
}

impl Probe {
    pub(crate) fn note(&self, note: impl Into<String>) {
        let note = note.into();
        self.0.send_modify(|notes| notes.push(note));
    }

    /// Waits for a note. Notes stay: it may have come before.
    pub(crate) async fn seen(&self, note: &str) {
        self.seen_times(note, 1).await;
    }

    pub(crate) async fn seen_times(&self, note: &str, times: usize) {
        let is_there = |notes: &Vec<String>| notes.iter().filter(|n| *n == note).count() >= times;
        self.0.subscribe().wait_for(is_there).await.unwrap();
    }

    /// All notes so far.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    pub(crate) fn count(&self, note: &str) -> usize {
        self.0.borrow().iter().filter(|n| *n == note).count()
    }

    /// The most that were in at the same time, by notes `in` and `out`.
    pub(crate) fn most_at_once(&self) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for note in &*self.0.borrow() {
            match note.as_str() {
                "in" => now += 1,
                "out" => now -= 1,
                _ => {}
            }
            most = most.max(now);
        }
        most
    }
}
