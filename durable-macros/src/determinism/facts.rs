//! What the scanner finds in a body: plain data, free of tokens but for the place of each mention.

use std::sync::Arc;

/// A path as it was written, after the aliases of its own body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PathUse {
    pub(crate) segments: Vec<String>,
    /// `::std::..`: begins with a crate.
    pub(crate) rooted: bool,
    /// What the body's own `use a::b::*` could make of the first segment.
    pub(crate) globs: Vec<Vec<String>>,
}

impl PathUse {
    pub(crate) fn new(segments: Vec<String>) -> Self {
        Self { segments, rooted: false, globs: Vec::new() }
    }

    pub(crate) fn written(&self) -> String {
        self.segments.join("::")
    }
}

/// A type as far as method calls need it: references are looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeUse {
    Path(PathUse, Vec<TypeUse>),
    /// `dyn A + B` and `impl A + B`.
    Bounds(Vec<PathUse>),
    Unknown,
}

/// Where a value comes from, as far as its type may follow from it.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Unknown,
    /// `let x: T`, a parameter, `T { .. }`
    Typed(TypeUse),
    /// `T::new(..)`, `f(..)`
    Call(PathUse),
    /// `x`, where that is no local: a static, a constant, a unit struct
    Path(PathUse),
    /// `x.f(..)`
    Method(Arc<Origin>, String),
    /// `x.f`
    Field(Arc<Origin>, String),
    /// What `x?` and `x.await` take out of a wrapper.
    Inner(Arc<Origin>),
    /// The value that methods are called on as `self`.
    SelfValue,
}

/// What is mentioned.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A path in an expression, called or not.
    Value(PathUse),
    /// `<T>::name` and `<T as Trait>::name`.
    Associated(TypeUse, Option<PathUse>, String),
    /// `receiver.name(..)`.
    Method(Arc<Origin>, String),
    /// A type that is named: an annotation, a generic argument.
    Type(PathUse),
    /// `path!(..)`.
    Macro(PathUse),
    /// Something that is wrong whatever it names.
    Fault(Fault),
    /// A function's address, if that is what the path names.
    Cast(PathUse),
}

/// Constructs without a path that the table could list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    UnsafeBlock,
    PointerCast,
    RawAddress,
    PointerFormat,
    AsyncClosure,
    StaticMut(String),
    /// A `static` inside the body, with its type as it was written.
    StatefulStatic(String, String),
    ForeignFunctions,
}

/// One mention and its place.
#[derive(Clone, Debug)]
pub(crate) struct Mention<At> {
    pub(crate) what: What,
    pub(crate) at: At,
    pub(crate) below_unsafe: bool,
    /// In the arguments of the macro of this name that only the compiler looks at: nothing of it
    /// runs, unless the crate has a macro of that name.
    pub(crate) quoted_by: Option<&'static str>,
}
