//! Whether the calling thread is inside [`during`](crate::during), and what it has read there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::stack::{self, Reader};
use crate::{Sighting, What};

thread_local! {
    /// A cell of its own, without a destructor: it is asked in every call, on every thread, also
    /// while a thread begins and ends.
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

struct State {
    seed: u64,
    reads: u64,
    is_exempt: fn() -> bool,
    sightings: Vec<Sighting>,
    /// Who the reader is, by the stack: a loop that reads a clock looks up its names once.
    readers: BTreeMap<Vec<usize>, Reader>,
}

/// How the value that is read is to be changed.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    seed: u64,
    /// How much was read before.
    reads: u64,
}

impl Change {
    /// How far the clock is ahead, in seconds: days, and an hour more with every look, so that
    /// time also passes between two looks.
    pub(crate) fn seconds(self) -> i64 {
        let days = 400 + (self.seed % 200) as i64;
        days * 86_400 + self.reads as i64 * 3_600
    }

    /// The random bytes of this call (splitmix64).
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        let start = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.reads.rotate_left(32);
        (1_u64..).flat_map(move |n| {
            let mut z = start.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            (z ^ (z >> 31)).to_le_bytes()
        })
    }
}

pub(crate) fn during<T>(seed: u64, is_exempt: fn() -> bool, f: impl FnOnce() -> T) -> (T, Vec<Sighting>) {
    if ARMED.get() {
        return (f(), Vec::new());
    }
    let state = State { seed, reads: 0, is_exempt, sightings: Vec::new(), readers: BTreeMap::new() };
    STATE.set(Some(state));
    let value = {
        let _armed = Armed::new();
        f()
    };
    let state = STATE.take();
    (value, state.map(|s| s.sightings).unwrap_or_default())
}

/// Disarms when the closure ends, also by a panic.
struct Armed;

impl Armed {
    fn new() -> Self {
        ARMED.set(true);
        Self
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        ARMED.set(false);
    }
}

/// Something is being read on this thread. `None`: leave it as it is.
pub(crate) fn notice(what: What) -> Option<Change> {
    if !is_armed() {
        return None;
    }
    // The message of a panic reads the environment and opens files; what is dropped in unwinding
    // decides nothing.
    if std::thread::panicking() {
        return None;
    }
    // What looks at the stack reads things as well.
    ARMED.set(false);
    let change = STATE.try_with(|state| state.try_borrow_mut().ok()?.as_mut()?.notice(what)).ok().flatten();
    ARMED.set(true);
    change
}

/// Whether this thread is inside [`during`](crate::during).
pub(crate) fn is_armed() -> bool {
    ARMED.try_with(Cell::get).unwrap_or(false)
}

impl State {
    fn notice(&mut self, what: What) -> Option<Change> {
        if (self.is_exempt)() {
            return None;
        }
        let frames = stack::frames();
        let reader = self.readers.entry(frames).or_insert_with_key(|frames| stack::reader(frames));
        let at = match reader {
            Reader::Excused => return None,
            Reader::Unknown => None,
            Reader::User(at) => Some(at.clone()),
        };
        let sighting = Sighting { what, at };
        if !self.sightings.contains(&sighting) {
            self.sightings.push(sighting);
        }
        let change = Change { seed: self.seed, reads: self.reads };
        self.reads += 1;
        Some(change)
    }
}
