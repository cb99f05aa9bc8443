//! The ambient input of the engine: clock and randomness, through one door.

use uuid::Uuid;

use crate::time::Timestamp;

/// What the engine knows of the world around it. A simulator gives its own.
pub trait Env: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// A random word: the seed of a new execution.
    fn random(&self) -> u64;
    /// A new id for an instance, later ones greater (UUIDv7), so that an index grows at its end.
    fn new_id(&self) -> Uuid;
}

/// The real world.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnv;

impl Env for SystemEnv {
    fn now(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    fn random(&self) -> u64 {
        // Both halves, because each has a few fixed bits.
        let (high, low) = Uuid::new_v4().as_u64_pair();
        high.rotate_left(32) ^ low
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
