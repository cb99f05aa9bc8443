//! One row of the table.

use crate::Code;

/// What the path of a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Exactly this function, method, constant or type used as a value.
    Item,
    /// This module, crate or type, and everything below it.
    Tree,
    /// Exactly this macro.
    Macro,
    /// A method by its name alone, `.name(..)`: names that mean the same on every type.
    Method,
    /// An associated function by its name alone, `T::name(..)`, whatever the type.
    Associated,
    /// No rule but an exception: this path, and everything below it, is harmless.
    Harmless,
}

/// Which checks read a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Both of them.
    Both,
    /// The macros alone: as a leaf of the object code it would also stand below harmless code.
    Source,
    /// The object check alone: a private or defining path, which no source writes.
    Object,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Why it is forbidden.
    pub code: Code,
    /// What the path names.
    pub kind: Kind,
    /// Which checks read it.
    pub seen: Seen,
    /// The path as [`canonical`](crate::canonical) writes it; of [`Kind::Method`] and
    /// [`Kind::Associated`] a name. A first segment that ends in `*` stands for every crate that
    /// begins so.
    pub path: &'static str,
    /// What to write instead, if the code's own answer can be bettered.
    pub instead: Option<&'static str>,
    /// The expression to put in its place as it is, if there is one.
    pub replacement: Option<&'static str>,
}

impl Rule {
    /// What to write instead.
    #[must_use]
    pub fn instead(&self) -> &'static str {
        self.instead.unwrap_or_else(|| self.code.instead())
    }

    /// Whether the macros read it.
    #[must_use]
    pub fn in_source(&self) -> bool {
        self.seen != Seen::Object
    }

    /// Whether the object check reads it.
    #[must_use]
    pub fn in_objects(&self) -> bool {
        self.seen != Seen::Source
    }
}
