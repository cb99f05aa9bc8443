//! Many rows as two parameters.
//!
//! The rows of a batch go to SQLite as one BLOB of numbers in decimal, each [`FIELD_BYTES`]
//! wide, and one BLOB of all their texts, to which the numbers point by offset and length. A
//! recursive CTE steps through the records. So a statement's text does not depend on how many
//! rows it writes, and no text is escaped or parsed.
//!
//! Measured per row inserted (1,000 rows, three-event turns): 1.7 µs, against 2.7 µs for
//! `json_each` over arrays of numbers and 3.2 µs for `json_each` with the texts inside; one
//! statement per row is 1.7 µs in C, but a thread hop each through sqlx.

use crate::seal::Sealer;

/// Width of a number: all of `i64` with its sign.
const FIELD_BYTES: usize = 20;

/// Stands for NULL in a number that may be absent.
pub(crate) const ABSENT: i64 = i64::MIN;

/// As a text's length: the column stays as it is.
pub(crate) const KEPT: i64 = -1;

/// Records of `N` numbers each, and their texts.
pub(crate) struct Records<const N: usize> {
    pub(crate) numbers: Vec<u8>,
    pub(crate) texts: Vec<u8>,
    count: usize,
}

/// Where a text stands: offset and length.
pub(crate) type Span = [i64; 2];

impl<const N: usize> Default for Records<N> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<const N: usize> Records<N> {
    pub(crate) fn with_capacity(records: usize) -> Self {
        // Never empty: SQLite's `substr` of an empty BLOB is NULL, also where '' is asked for.
        let texts = vec![b' '];
        Self { numbers: Vec::with_capacity(records * N * FIELD_BYTES), texts, count: 0 }
    }

    pub(crate) fn push(&mut self, record: [i64; N]) {
        record.into_iter().for_each(|n| push_number(&mut self.numbers, n));
        self.count += 1;
    }

    /// Adds a text for the next record.
    pub(crate) fn text(&mut self, text: &str) -> Span {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, text: &[u8]) -> Span {
        let offset = self.texts.len() as i64;
        self.texts.extend_from_slice(text);
        [offset, text.len() as i64]
    }

    /// Adds a body: a text, or a BLOB, which a negative offset says. No text stands at 0.
    pub(crate) fn body(&mut self, body: &[u8], is_plain: bool) -> Span {
        let [offset, length] = self.bytes(body);
        [if is_plain { offset } else { -offset }, length]
    }

    /// Adds a body, sealed if it has to be, and says what that adds to its codec number.
    pub(crate) fn sealed(&mut self, body: &[u8], sealer: &Sealer) -> (Span, u32) {
        if sealer.leaves(body.len()) {
            return (self.bytes(body), 0);
        }
        let sealed = sealer.seal(body);
        (self.body(&sealed.bytes, sealed.flags == 0), sealed.flags)
    }

    /// Adds a value as JSON, as a body.
    pub(crate) fn json<T: serde::Serialize>(
        &mut self,
        value: &T,
        sealer: &Sealer,
    ) -> Result<(Span, u32), serde_json::Error> {
        let offset = self.texts.len();
        serde_json::to_writer(&mut self.texts, value)?;
        let length = self.texts.len() - offset;
        if sealer.leaves(length) {
            return Ok(([offset as i64, length as i64], 0));
        }
        let body = self.texts.split_off(offset);
        Ok(self.sealed(&body, sealer))
    }

    /// Adds a text that may be absent.
    pub(crate) fn text_or_absent(&mut self, text: Option<&str>) -> Span {
        text.map_or([0, ABSENT], |text| self.text(text))
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Its parameters in bytes.
    pub(crate) fn size(&self) -> usize {
        self.numbers.len() + self.texts.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Right-aligned decimal.
fn push_number(out: &mut Vec<u8>, n: i64) {
    let mut field = [b' '; FIELD_BYTES];
    let mut rest = n.unsigned_abs();
    let mut at = FIELD_BYTES;
    loop {
        at -= 1;
        field[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        field[at - 1] = b'-';
    }
    out.extend_from_slice(&field);
}

/// SQL that reads records of `fields` numbers from parameter `$numbers`, with texts in
/// `$texts`.
#[derive(Clone, Copy)]
pub(crate) struct RecordSql {
    pub(crate) numbers: usize,
    pub(crate) texts: usize,
    pub(crate) fields: usize,
}

impl RecordSql {
    /// `WITH` clause that makes `r`, one row per record.
    pub(crate) fn with(self) -> String {
        let (numbers, step) = (self.numbers, self.fields * FIELD_BYTES);
        format!(
            "WITH RECURSIVE r(i) AS (SELECT 1 WHERE length(${numbers}) > 0 \
             UNION ALL SELECT i + {step} FROM r WHERE i + {step} < length(${numbers}))"
        )
    }

    /// Which record it is, from 0 on.
    pub(crate) fn place(self) -> String {
        format!("(r.i - 1) / {}", self.fields * FIELD_BYTES)
    }

    /// A number of the record.
    pub(crate) fn number(self, field: usize) -> String {
        debug_assert!(field < self.fields);
        let offset = field * FIELD_BYTES;
        format!("CAST(substr(${}, r.i + {offset}, {FIELD_BYTES}) AS INTEGER)", self.numbers)
    }

    /// A number that may be absent.
    pub(crate) fn number_or_null(self, field: usize) -> String {
        format!("nullif({}, {ABSENT})", self.number(field))
    }

    /// The text whose offset is in `field` and whose length is in the one after it.
    pub(crate) fn text(self, field: usize) -> String {
        let (offset, length) = (self.number(field), self.number(field + 1));
        format!("CAST(substr(${}, {offset} + 1, {length}) AS TEXT)", self.texts)
    }

    /// A text that may be absent.
    pub(crate) fn text_or_null(self, field: usize) -> String {
        format!("CASE WHEN {} >= 0 THEN {} END", self.number(field + 1), self.text(field))
    }

    /// A body: a text, or a BLOB if the offset is negative.
    pub(crate) fn body(self, field: usize) -> String {
        let (offset, length, texts) = (self.number(field), self.number(field + 1), self.texts);
        format!("CASE WHEN {offset} < 0 THEN substr(${texts}, 1 - {offset}, {length}) ELSE {} END", self.text(field))
    }

    /// A body that may be absent.
    pub(crate) fn body_or_null(self, field: usize) -> String {
        format!("CASE WHEN {} >= 0 THEN {} END", self.number(field + 1), self.body(field))
    }

    /// A body that may be absent, or else that of this column.
    pub(crate) fn body_or_kept(self, field: usize, column: &str) -> String {
        let length = self.number(field + 1);
        format!("CASE WHEN {length} >= 0 THEN {} WHEN {length} = {KEPT} THEN {column} END", self.body(field))
    }

    /// A text that may be absent, or else that of this column.
    pub(crate) fn text_or_kept(self, field: usize, column: &str) -> String {
        let length = self.number(field + 1);
        format!("CASE WHEN {length} >= 0 THEN {} WHEN {length} = {KEPT} THEN {column} END", self.text(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(n: i64, field: &str) {
        let mut out = Vec::new();
        push_number(&mut out, n);
        assert_eq!(String::from_utf8(out).unwrap(), field);
    }

    #[test]
    fn numbers_are_right_aligned() {
        check(0, "                   0");
        check(-7, "                  -7");
        check(i64::MAX, " 9223372036854775807");
        check(i64::MIN, "-9223372036854775808");
    }
}
