//! What `durable::trust!` vouches for, while it runs.

use std::cell::Cell;

thread_local! {
    /// How many expressions of `durable::trust!` this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is in an expression that is vouched for: what it reads is not to be noticed.
pub fn is_exempt() -> bool {
    DEPTH.try_with(Cell::get).unwrap_or(0) > 0
}

/// Runs an expression that is vouched for.
pub(crate) fn exempt<T>(expression: impl FnOnce() -> T) -> T {
    DEPTH.set(DEPTH.get() + 1);
    let _leave = Leave;
    expression()
}

/// Also by a panic.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{exempt, is_exempt};

    #[test]
    fn it_ends_with_the_expression_also_by_a_panic() {
        exempt(|| {
            exempt(|| assert!(is_exempt()));
            assert!(is_exempt());
        });
        assert!(!is_exempt());
        assert!(std::panic::catch_unwind(|| exempt(|| panic!("on purpose"))).is_err());
        assert!(!is_exempt());
    }
}
