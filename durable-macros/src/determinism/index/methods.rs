//! Methods by type and by trait.

use std::collections::HashMap;

use super::{Crate, Function, Owner, Place};
use crate::determinism::facts::TypeUse;
use crate::determinism::resolve::{Namespace, Target, TypeKey};

/// How many supertraits up: a circle of them is no program, but it must end.
const SUPERTRAITS_MAX: u8 = 4;

/// The crate's `impl` blocks, by what they are for.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// By type. One of another crate may be named by where it is defined and by where it is
    /// exported, so of those only the last segment counts.
    types: HashMap<TypeKey, Vec<usize>>,
    traits: HashMap<usize, Vec<usize>>,
    trait_of: Vec<Option<usize>>,
    /// `impl<T> Ext for T`
    blanket: Vec<usize>,
}

impl Crate {
    /// The functions of this name that a type has from its `impl` blocks in this crate: its own
    /// ones before those of traits, and the defaults of traits last.
    pub(crate) fn methods(&self, key: &TypeKey, name: &str) -> Vec<usize> {
        let all = self.blocks();
        let blocks = all.types.get(&short(key.clone())).map_or(&[][..], Vec::as_slice);
        let named = |blocks: &[usize], with_trait: bool| {
            let blocks = blocks.iter().map(|block| &self.impls[*block]);
            let blocks = blocks.filter(move |block| block.of.is_some() == with_trait);
            blocks.filter_map(|block| block.methods.get(name).copied()).collect::<Vec<usize>>()
        };
        for found in [named(blocks, false), named(blocks, true), named(&all.blanket, true)] {
            if !found.is_empty() {
                return found;
            }
        }
        let traits = blocks.iter().filter_map(|block| all.trait_of[*block]);
        traits.filter_map(|number| self.traits[number].defaults.get(name).copied()).collect()
    }

    /// The functions of this name that implement a trait's.
    pub(crate) fn implementations(&self, number: usize, name: &str) -> Vec<usize> {
        self.implementations_up(number, name, SUPERTRAITS_MAX)
    }

    fn implementations_up(&self, number: usize, name: &str, left: u8) -> Vec<usize> {
        let mut functions = Vec::new();
        let mut with_default = false;
        for block in self.blocks().traits.get(&number).into_iter().flatten() {
            match self.impls[*block].methods.get(name) {
                Some(function) => functions.push(*function),
                None => with_default = true,
            }
        }
        if with_default || functions.is_empty() {
            functions.extend(self.traits[number].defaults.get(name));
        }
        if functions.is_empty() && left > 0 {
            // A method of one of its supertraits.
            let place = Place { module: self.traits[number].module, owner: Owner::None };
            let above = self.traits[number].supertraits.iter();
            for target in above.flat_map(|path| self.resolve(place, path, Namespace::Types)) {
                if let Target::Trait(above) = target {
                    functions.extend(self.implementations_up(above, name, left - 1));
                }
            }
        }
        functions
    }

    /// `Gen::next_id`, or only a function's name.
    pub(crate) fn shown_name(&self, function: &Function) -> String {
        let owner = match function.owner {
            Owner::None => None,
            Owner::Trait(number) => Some(self.traits[number].name.clone()),
            Owner::Impl(number) => match &self.impls[number].self_type {
                TypeUse::Path(path, _) => path.segments.last().cloned(),
                _ => None,
            },
        };
        owner.map_or_else(|| function.name.clone(), |owner| format!("{owner}::{}", function.name))
    }

    fn blocks(&self) -> &Blocks {
        self.blocks.get_or_init(|| {
            let mut all = Blocks::default();
            for (number, block) in self.impls.iter().enumerate() {
                let place = Place { module: block.module, owner: Owner::None };
                match &block.self_type {
                    TypeUse::Path(path, _) => {
                        if let Some(key) = self.type_key(place, path) {
                            all.types.entry(short(key)).or_default().push(number);
                        }
                    }
                    TypeUse::Bounds(_) => all.blanket.push(number),
                    TypeUse::Unknown => {}
                }
                let target =
                    block.of.as_ref().and_then(|of| self.resolve(place, of, Namespace::Types).into_iter().next());
                let of = match target {
                    Some(Target::Trait(of)) => Some(of),
                    _ => None,
                };
                all.trait_of.push(of);
                if let Some(of) = of {
                    all.traits.entry(of).or_default().push(number);
                }
            }
            all
        })
    }
}

fn short(key: TypeKey) -> TypeKey {
    match key {
        TypeKey::Outside(path) => TypeKey::Outside(path.rsplit("::").next().unwrap_or_default().to_owned()),
        local => local,
    }
}
