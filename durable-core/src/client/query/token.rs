//! Where a page ended, as a text that goes through URLs: `<query><check><cursor>`, in hex.

use std::fmt;
use std::str::FromStr;

use crate::store::{Cursor, InstanceFilter};

/// What [`Query::after`](super::Query::after) takes: where a page ended. Its text (`to_string()`,
/// `parse()`) has digits and letters only, holds no secret, and is good for the query that gave it
/// out, in any process, with any page size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// Of which query.
    of: u64,
    cursor: Cursor,
}

/// Why a text is not a [`PageToken`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a page token: pass on what `Page::next` gave, unchanged")]
pub struct InvalidPageToken(String);

impl PageToken {
    pub(super) fn new(of: u64, cursor: Cursor) -> Self {
        Self { of, cursor }
    }

    /// The cursor, if it belongs to this query.
    pub(super) fn cursor_of(&self, of: u64) -> Option<Cursor> {
        (self.of == of).then(|| self.cursor.clone())
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cursor = serde_json::to_string(&self.cursor).map_err(|_| fmt::Error)?;
        write!(f, "{:016x}{:016x}", self.of, check(self.of, &cursor))?;
        cursor.bytes().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl FromStr for PageToken {
    type Err = InvalidPageToken;

    fn from_str(text: &str) -> Result<Self, InvalidPageToken> {
        const SHOWN: usize = 64;
        parse(text).ok_or_else(|| InvalidPageToken(text.chars().take(SHOWN).collect()))
    }
}

fn parse(text: &str) -> Option<PageToken> {
    let number = |hex: &str| u64::from_str_radix(hex, 16).ok();
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let (of, rest) = text.split_at_checked(16)?;
    let (sum, hex) = rest.split_at_checked(16)?;
    let (of, sum) = (number(of)?, number(sum)?);
    let pairs = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let cursor = String::from_utf8(pairs.collect::<Option<Vec<u8>>>()?).ok()?;
    if check(of, &cursor) != sum {
        return None;
    }
    Some(PageToken { of, cursor: serde_json::from_str(&cursor).ok()? })
}

fn check(of: u64, cursor: &str) -> u64 {
    Fnv::default().number(of).text(cursor).0
}

/// Stands for a query: its filter and its order.
pub(super) fn fingerprint(filter: &InstanceFilter, descending: bool) -> u64 {
    let mut hash = Fnv::default().number(u64::from(descending));
    for status in filter.statuses.iter() {
        hash = hash.text(status.as_str());
    }
    for text in [&filter.name, &filter.version, &filter.id_prefix] {
        hash = match text {
            Some(text) => hash.number(1).text(text),
            None => hash.number(0),
        };
    }
    hash = hash.number(filter.tags.len() as u64);
    for (name, value) in &filter.tags {
        hash = hash.text(name).text(value);
    }
    for moment in [filter.created.from, filter.created.to, filter.updated.from, filter.updated.to] {
        hash = match moment {
            Some(at) => hash.number(1).text(&at.unix_micros().to_string()),
            None => hash.number(0),
        };
    }
    hash.0
}

/// FNV-1a, 64 bits: the standard library's hashes are not promised to stay, and a token may outlive
/// the process that gave it out.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn bytes(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, b| (hash ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)))
    }

    fn number(self, n: u64) -> Self {
        self.bytes(&n.to_le_bytes())
    }

    /// With its length, so that neighbours cannot be taken for each other.
    fn text(self, text: &str) -> Self {
        self.number(text.len() as u64).bytes(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::InstanceKey;
    use crate::store::StatusSet;
    use crate::time::Timestamp;

    #[track_caller]
    fn check_text(cursor: Cursor) {
        let token = PageToken::new(7, cursor);
        let text = token.to_string();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()), "{text}");
        assert_eq!(text.parse::<PageToken>().unwrap(), token);
        // One character changed, missing or added.
        for n in 0..text.len() {
            let mut damaged = text.clone().into_bytes();
            damaged[n] = if damaged[n] == b'0' { b'1' } else { b'0' };
            assert!(String::from_utf8(damaged).unwrap().parse::<PageToken>().is_err(), "{n}");
        }
        assert!(text[1..].parse::<PageToken>().is_err());
        assert!(format!("{text}0").parse::<PageToken>().is_err());
    }

    #[test]
    fn a_token_is_a_text_and_shows_damage() {
        check_text(Cursor::Time(Timestamp::from_unix_micros(1), InstanceKey(2)));
        check_text(Cursor::Time(Timestamp::MIN, InstanceKey(i64::MAX)));
        check_text(Cursor::Id("a \"quoted\" שלום %_".into()));
        for not_a_token in ["", "x", "00", "é", &"0".repeat(32), &"f".repeat(64)] {
            assert!(not_a_token.parse::<PageToken>().is_err(), "{not_a_token:?}");
        }
    }

    #[test]
    fn every_part_of_a_query_tells_it_from_others() {
        let plain = InstanceFilter::default;
        let some = |text: &str| Some(text.to_owned());
        let range = crate::store::TimeRange { from: Some(Timestamp::from_unix_micros(0)), to: None };
        let tag = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let filters = [
            plain(),
            InstanceFilter { statuses: StatusSet::FINISHED, ..plain() },
            InstanceFilter { name: some("a"), ..plain() },
            InstanceFilter { name: some(""), ..plain() },
            InstanceFilter { version: some("a"), ..plain() },
            InstanceFilter { id_prefix: some("a"), ..plain() },
            InstanceFilter { tags: tag("a", "bc"), ..plain() },
            InstanceFilter { tags: tag("ab", "c"), ..plain() },
            InstanceFilter { created: range, ..plain() },
            InstanceFilter { updated: range, ..plain() },
        ];
        let all = filters.iter().flat_map(|f| [fingerprint(f, true), fingerprint(f, false)]);
        assert_eq!(all.collect::<std::collections::BTreeSet<_>>().len(), 2 * filters.len());
    }
}
