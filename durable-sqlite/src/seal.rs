//! Bodies as they are stored: large ones compressed, and all of them through a codec of the
//! application's, if it gave one.
//!
//! Nothing here knows SQLite: a body goes in, bytes and a number that says how to read them come
//! out.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU8;
use std::sync::Arc;

use durable_core::limits::COMPRESS_FROM_BYTES;
use durable_core::store::StoreError;

/// Set in a stored codec number: the body is an lz4 block behind its length (4 bytes, little
/// endian). Below it stands the format of the body itself.
const COMPRESSED: u32 = 1 << 8;

/// From this bit on stands the id of the payload codec that the body went through; 0: none.
const CODEC_SHIFT: u32 = 16;

/// A body longer than this was not written by any store: its length is damaged.
const BODY_BYTES_MAX: usize = 1 << 30;

/// What every body (the events of a turn, a message, a custom status) goes through on its way into
/// a store and back: encryption and the like. A large body has been compressed before.
///
/// Ids, names, tags and times stay readable: queries need them.
///
/// ```
/// use std::num::NonZeroU8;
/// use durable_sqlite::{PayloadCodec, SqliteOptions};
///
/// struct Xor(u8);
///
/// impl PayloadCodec for Xor {
///     fn id(&self) -> NonZeroU8 {
///         NonZeroU8::MIN
///     }
///     fn encode(&self, mut body: Vec<u8>) -> Vec<u8> {
///         body.iter_mut().for_each(|byte| *byte ^= self.0);
///         body
///     }
///     fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, String> {
///         Ok(self.encode(stored.to_vec()))
///     }
/// }
///
/// let options = SqliteOptions::new("hub.db").payload_codec(Xor(0x5a));
/// ```
pub trait PayloadCodec: Send + Sync + 'static {
    /// Its number: it stands beside every body, so that another codec is noticed. Choose a new one
    /// when the format changes, not when a key does: which key it was is the codec's own affair.
    fn id(&self) -> NonZeroU8;

    /// The bytes to store.
    fn encode(&self, body: Vec<u8>) -> Vec<u8>;

    /// The body again.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong; the reader gets it as [`StoreError::Corrupt`].
    fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, String>;
}

/// Seals bodies and opens them.
#[derive(Clone, Default)]
pub(crate) struct Sealer {
    codec: Option<Arc<dyn PayloadCodec>>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("codec", &self.codec.as_ref().map(|codec| codec.id())).finish()
    }
}

/// A body as it is stored.
pub(crate) struct Sealed<'a> {
    /// What is added to the codec number of the body; 0: it stands as it is.
    pub(crate) flags: u32,
    pub(crate) bytes: Cow<'a, [u8]>,
}

impl Sealer {
    pub(crate) fn new(codec: Arc<dyn PayloadCodec>) -> Self {
        Self { codec: Some(codec) }
    }

    /// Whether a body of so many bytes stands as it is.
    pub(crate) fn leaves(&self, bytes: usize) -> bool {
        self.codec.is_none() && bytes < COMPRESS_FROM_BYTES
    }

    pub(crate) fn seal<'a>(&self, body: &'a [u8]) -> Sealed<'a> {
        let mut sealed = Sealed { flags: 0, bytes: Cow::Borrowed(body) };
        if body.len() >= COMPRESS_FROM_BYTES {
            let compressed = lz4_flex::block::compress_prepend_size(body);
            // What does not become smaller (it is compressed or encrypted already) stays readable.
            if compressed.len() < body.len() {
                sealed = Sealed { flags: COMPRESSED, bytes: Cow::Owned(compressed) };
            }
        }
        if let Some(codec) = &self.codec {
            sealed.flags |= u32::from(codec.id().get()) << CODEC_SHIFT;
            sealed.bytes = Cow::Owned(codec.encode(sealed.bytes.into_owned()));
        }
        sealed
    }

    /// The format of a body, from a stored codec number.
    pub(crate) fn format(number: u32) -> u32 {
        number & (COMPRESSED - 1)
    }

    /// Whether a body with this codec number stands as it is.
    pub(crate) fn is_plain(number: u32) -> bool {
        number < COMPRESSED
    }

    /// A body again.
    pub(crate) fn open(&self, number: u32, stored: Vec<u8>) -> Result<String, StoreError> {
        let wanted = number >> CODEC_SHIFT;
        let has = self.codec.as_ref().map_or(0, |codec| u32::from(codec.id().get()));
        let decoded = match &self.codec {
            _ if wanted == 0 => stored,
            Some(codec) if wanted == has => codec
                .decode(&stored)
                .map_err(|e| StoreError::Corrupt(format!("payload codec {has} cannot read a body: {e}")))?,
            _ => {
                let has = if has == 0 { "none".to_owned() } else { format!("codec {has}") };
                return Err(StoreError::Corrupt(format!(
                    "a body was written with payload codec {wanted}, but the store was opened with {has}: open it \
                     with the codec that wrote it"
                )));
            }
        };
        let bytes = if number & COMPRESSED == 0 { decoded } else { decompress(&decoded)? };
        String::from_utf8(bytes).map_err(|_| StoreError::Corrupt("a body is not UTF-8: invalid utf-8".into()))
    }
}

fn decompress(stored: &[u8]) -> Result<Vec<u8>, StoreError> {
    let corrupt = |e: String| StoreError::Corrupt(format!("a compressed body cannot be read: {e}"));
    let (length, _) = lz4_flex::block::uncompressed_size(stored).map_err(|e| corrupt(e.to_string()))?;
    // Before anything is allocated for it.
    if length > BODY_BYTES_MAX {
        return Err(corrupt(format!("it says that it has {length} bytes")));
    }
    lz4_flex::block::decompress_size_prepended(stored).map_err(|e| corrupt(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Add(u8);

    impl PayloadCodec for Add {
        fn id(&self) -> NonZeroU8 {
            NonZeroU8::new(self.0).unwrap()
        }

        fn encode(&self, body: Vec<u8>) -> Vec<u8> {
            body.into_iter().map(|byte| byte.wrapping_add(self.0)).collect()
        }

        fn decode(&self, stored: &[u8]) -> Result<Vec<u8>, String> {
            match stored {
                [0xff] => Err("no such key".into()),
                _ => Ok(stored.iter().map(|byte| byte.wrapping_sub(self.0)).collect()),
            }
        }
    }

    fn with(id: u8) -> Sealer {
        Sealer::new(Arc::new(Add(id)))
    }

    #[track_caller]
    fn check(sealer: &Sealer, body: &str, flags: u32) {
        let sealed = sealer.seal(body.as_bytes());
        assert_eq!(sealed.flags, flags);
        assert_eq!(sealed.flags == 0, sealed.bytes == body.as_bytes());
        assert_eq!(sealer.open(sealed.flags | 1, sealed.bytes.into_owned()).unwrap(), body);
    }

    /// Text in which nothing comes twice.
    fn noise(bytes: usize) -> String {
        let mut state = 7_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b' ' + (state >> 33) as u8 % 95)
        };
        (0..bytes).map(next).collect()
    }

    #[test]
    fn what_is_sealed_opens_again() {
        let plain = Sealer::default();
        check(&plain, "", 0);
        check(&plain, "[1]", 0);
        check(&plain, &"ab".repeat(COMPRESS_FROM_BYTES / 2 - 1), 0);
        check(&plain, &"ab".repeat(COMPRESS_FROM_BYTES / 2), COMPRESSED);
        check(&plain, &"grün ".repeat(1_000_000), COMPRESSED);
        check(&plain, &noise(COMPRESS_FROM_BYTES), 0);
        check(&with(3), "[1]", 3 << CODEC_SHIFT);
        check(&with(255), &"ab".repeat(COMPRESS_FROM_BYTES), COMPRESSED | 255 << CODEC_SHIFT);
        check(&with(3), &noise(COMPRESS_FROM_BYTES), 3 << CODEC_SHIFT);
    }

    #[track_caller]
    fn check_refused(sealer: &Sealer, number: u32, stored: &[u8], says: &str) {
        let e = sealer.open(number, stored.to_vec()).unwrap_err().to_string();
        assert!(e.contains(says), "{e:?} does not say {says:?}");
    }

    #[test]
    fn what_cannot_be_opened_is_reported() {
        let plain = Sealer::default();
        check_refused(&plain, 1 | 3 << CODEC_SHIFT, b"x", "with payload codec 3, but the store was opened with none");
        check_refused(
            &with(4),
            1 | 3 << CODEC_SHIFT,
            b"x",
            "with payload codec 3, but the store was opened with codec 4",
        );
        check_refused(&with(4), 1 | 4 << CODEC_SHIFT, b"\xff", "payload codec 4 cannot read a body: no such key");
        check_refused(&plain, 1 | COMPRESSED, b"", "cannot be read");
        check_refused(&plain, 1 | COMPRESSED, b"\x05\0\0\0abc", "cannot be read");
        check_refused(&plain, 1 | COMPRESSED, b"\xff\xff\xff\xffabc", "says that it has 4294967295 bytes");
        check_refused(&plain, 1, b"\xff", "not UTF-8");
        // What was written before the codec was there stays readable.
        assert_eq!(with(4).open(1, b"[1]".to_vec()).unwrap(), "[1]");
    }
}
