//! Randomness that a replay repeats: derived from the seed in `ExecutionStarted` and a counter.

use std::cell::Cell;

/// What `ctx.random()` can draw.
pub trait Random: Sized {
    /// A value made of fresh random words.
    #[doc(hidden)]
    fn draw(word: &mut dyn FnMut() -> u64) -> Self;
}

/// SplitMix64: the n-th word is a hash of seed and n, so a replay needs no state but n.
pub(crate) struct Draws {
    seed: u64,
    drawn: Cell<u64>,
}

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: Cell::new(0) }
    }

    pub(crate) fn word(&self) -> u64 {
        let n = self.drawn.get() + 1;
        self.drawn.set(n);
        mix(self.seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A word that depends on the seed and on this, and on nothing that was drawn.
    pub(crate) fn salted(&self, salt: u64) -> u64 {
        mix(mix(self.seed ^ 0x5851_F42D_4C95_7F2D).wrapping_add(salt))
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

macro_rules! from_low_bits {
    ($($t:ty),*) => { $(
        impl Random for $t {
            #[expect(clippy::allow_attributes, reason = "only some of the types are narrower than a word")]
            #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "the low bits are what is wanted")]
            fn draw(word: &mut dyn FnMut() -> u64) -> Self {
                word() as $t
            }
        }
    )* };
}
from_low_bits!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl Random for u128 {
    fn draw(word: &mut dyn FnMut() -> u64) -> Self {
        (u128::from(word()) << 64) | u128::from(word())
    }
}

impl Random for bool {
    fn draw(word: &mut dyn FnMut() -> u64) -> Self {
        word() >> 63 == 1
    }
}

impl Random for f64 {
    /// In `0.0..1.0`, 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    fn draw(word: &mut dyn FnMut() -> u64) -> Self {
        (word() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl<const N: usize> Random for [u8; N] {
    fn draw(word: &mut dyn FnMut() -> u64) -> Self {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&word().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_words() {
        let (a, b) = (Draws::new(7), Draws::new(7));
        let words: Vec<u64> = (0..4).map(|_| a.word()).collect();
        assert_eq!(words, (0..4).map(|_| b.word()).collect::<Vec<_>>());
        assert_ne!(words[0], words[1]);
        assert_ne!(Draws::new(8).word(), words[0]);
    }
}
