//! The local variables of a body, and where their values came from.

use std::collections::HashMap;

use syn::visit::Visit;
use syn::{Pat, PatIdent};

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From nowhere that was asked.
    Unknown,
    /// From the expression with this probe, in the present frame.
    Probe(usize),
    /// From an expression that has an error already.
    Reported,
}

impl Origin {
    /// The probe that comes before.
    pub(super) fn probe(self) -> Option<usize> {
        match self {
            Origin::Probe(n) => Some(n),
            Origin::Unknown | Origin::Reported => None,
        }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Binding {
    /// How deep in closures it was bound.
    pub(super) frame: usize,
    pub(super) origin: Origin,
    /// Whether it was asked as the receiver of a method: once is enough.
    pub(super) is_asked: bool,
    /// Whether it is a closure whose body was asked: what it gives is not asked again.
    pub(super) is_asked_closure: bool,
}

#[derive(Default)]
pub(super) struct Scopes(Vec<HashMap<String, Binding>>);

impl Scopes {
    pub(super) fn enter(&mut self) {
        self.0.push(HashMap::new());
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
    }

    /// All names of a pattern, from now on.
    pub(super) fn bind(&mut self, pattern: &Pat, frame: usize, origin: Origin) {
        struct Names<'a>(&'a mut HashMap<String, Binding>, Binding);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, name: &'ast PatIdent) {
                self.0.insert(name.ident.to_string(), self.1);
                syn::visit::visit_pat_ident(self, name);
            }
        }
        if let Some(scope) = self.0.last_mut() {
            Names(scope, Binding { frame, origin, is_asked: false, is_asked_closure: false }).visit_pat(pattern);
        }
    }

    pub(super) fn get(&mut self, name: &str) -> Option<&mut Binding> {
        self.0.iter_mut().rev().find_map(|scope| scope.get_mut(name))
    }
}
