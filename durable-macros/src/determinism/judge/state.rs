//! Statics and constants: state, or as good as what they are computed from.

use std::collections::HashSet;

use durable_rules::Code;

use super::{Found, Node, Walk};
use crate::determinism::facts::PathUse;
use crate::determinism::index::{Owner, Place, StaticKind};
use crate::determinism::resolve::{Namespace, Target, TypeKey};
use crate::determinism::scan;

impl Walk<'_> {
    /// Whether a static is state; else it is as good as what it is computed from.
    pub(super) fn state(&mut self, number: usize) -> Option<Found> {
        let item = &self.krate.statics[number];
        let place = Place { module: item.module, owner: Owner::None };
        let is_state = match item.kind {
            // Each use is a fresh copy.
            StaticKind::Constant => false,
            StaticKind::Static => self.has_state(place, &item.mentions_types, &mut HashSet::new()),
            StaticKind::Mutable | StaticKind::ThreadLocal => true,
        };
        if is_state {
            let what = match item.kind {
                StaticKind::Mutable => format!("`static mut {}`", item.name),
                _ => format!("the static `{}: {}`", item.name, item.written),
            };
            return Some(Found::code(Code::SharedState, what));
        }
        // Function pointers, and what is computed at its first use and constant from then on.
        let found = self.reach(Node::Initializer(number))?;
        (item.kind != StaticKind::Constant || found.code != Code::SharedState).then_some(found)
    }

    /// Whether one of these types can change behind a shared reference.
    fn has_state(&self, place: Place, names: &[String], seen: &mut HashSet<usize>) -> bool {
        names.iter().any(|name| {
            let own = self.krate.resolve(place, &PathUse::new(vec![name.clone()]), Namespace::Types);
            match own.first() {
                Some(Target::Type(TypeKey::Local(number))) => {
                    let item = &self.krate.types[*number];
                    let place = Place { module: item.module, owner: Owner::None };
                    seen.insert(*number) && self.has_state(place, &item.mentions, seen)
                }
                Some(Target::Outside(path) | Target::Type(TypeKey::Outside(path))) => {
                    scan::is_stateful(path.rsplit("::").next().unwrap_or(name))
                }
                _ => scan::is_stateful(name),
            }
        })
    }
}
