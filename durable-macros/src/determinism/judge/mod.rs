//! Whether a mention breaks replay: by the table, or through the functions of this crate that it
//! leads to.

mod faults;
mod state;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use durable_rules::{Code, Kind, Rule};

use super::facts::{Fault, Mention, Origin, PathUse, TypeUse, What};
use super::index::{Crate, Function, Owner, Place};
use super::infer::Receiver;
use super::resolve::{Namespace, Target, TypeKey};
use super::scan;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) code: Code,
    pub(crate) instead: &'static str,
    /// In words: "`std::time::Instant::now`", "the static `HITS`".
    pub(crate) what: String,
    /// How the body comes to it; empty if it stands there itself.
    pub(crate) chain: Vec<Step>,
}

/// One link of a chain, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    /// Which could be an activity.
    pub(crate) is_function: bool,
    pub(crate) file: usize,
    pub(crate) line: usize,
}

impl Found {
    fn rule(rule: &Rule, what: &str) -> Self {
        Self { code: rule.code, instead: rule.instead(), what: format!("`{what}`"), chain: Vec::new() }
    }

    fn code(code: Code, what: String) -> Self {
        Self { code, instead: code.instead(), what, chain: Vec::new() }
    }
}

/// What can be walked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Function(usize),
    Initializer(usize),
    Macro(usize),
}

/// How deep a walk goes: its depth is that of the stack, which is rustc's.
const DEPTH_MAX: usize = 128;

/// What earlier walks have found out.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<HashMap<Node, Option<Found>>>);

/// A walk through the crate, from one body.
pub(crate) struct Walk<'a> {
    krate: &'a Crate,
    active: Vec<Node>,
    /// The outermost active node that a circle was cut at: for those below it "nothing found" is
    /// not the last word.
    cut: Option<usize>,
    /// Nodes of circles that are still being walked, in which nothing was found so far, and how far
    /// out their circles lead. Nothing is walked twice below the same node.
    open: HashMap<Node, usize>,
    /// Something lies too deep.
    too_deep: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(krate: &'a Crate) -> Self {
        Self { krate, active: Vec::new(), cut: None, open: HashMap::new(), too_deep: false }
    }

    /// What is wrong with a mention at this place.
    pub(crate) fn judge(&mut self, place: Place, what: &What) -> Option<Found> {
        match what {
            What::Value(path) => self.value(place, path),
            What::Associated(ty, of, name) => self.associated(place, ty, of.as_ref(), name),
            What::Method(origin, name) => self.method(place, origin, name),
            What::Macro(path) => self.macro_call(place, path),
            What::Type(path) => self.zone(place, path),
            What::Fault(fault) => Some(faults::found(fault)),
            What::Cast(path) => {
                let targets = self.krate.resolve(place, path, Namespace::Values);
                let is_function = matches!(&*targets, [Target::Functions(_)]);
                is_function
                    .then(|| Found::code(Code::Addresses, format!("the cast of the function `{}`", path.written())))
            }
        }
    }

    fn value(&mut self, place: Place, path: &PathUse) -> Option<Found> {
        let targets = self.krate.resolve(place, path, Namespace::Values);
        let guesses = targets.iter().filter(|t| matches!(t, Target::Perhaps(_))).count();
        targets.into_iter().find_map(|target| match target {
            Target::Outside(path) => durable_rules::find(&path).map(|rule| Found::rule(rule, &path)),
            Target::Perhaps(path) => {
                let rule = durable_rules::find(&path)?;
                // With several globs in scope only a name that is listed itself is beyond doubt.
                let certain = guesses == 1 || rule.kind == Kind::Item || path.contains("::Atomic");
                certain.then(|| Found::rule(rule, &path))
            }
            Target::Functions(all) => self.all(&all),
            Target::Static(number) => self.state(number),
            Target::Member(key, name) => self.member(&key, &name),
            Target::TraitMember(number, name) => self.implementors(number, &name),
            _ => None,
        })
    }

    /// Of types only the zones of the host matter by being named: `DateTime::<Local>::from(t)`.
    fn zone(&self, place: Place, path: &PathUse) -> Option<Found> {
        self.krate.resolve(place, path, Namespace::Types).into_iter().find_map(|target| match target {
            Target::Outside(path) => {
                let rule = durable_rules::find(&path).filter(|rule| rule.code == Code::Zone)?;
                Some(Found::rule(rule, &path))
            }
            _ => None,
        })
    }

    fn associated(&mut self, place: Place, ty: &TypeUse, of: Option<&PathUse>, name: &str) -> Option<Found> {
        match ty {
            TypeUse::Path(path, _) => match self.krate.resolve(place, path, Namespace::Types).into_iter().next()? {
                Target::Type(key) => self.member(&key, name),
                Target::Outside(path) | Target::Perhaps(path) => self.member(&TypeKey::Outside(path), name),
                Target::Trait(number) => self.implementors(number, name),
                _ => None,
            },
            TypeUse::Bounds(bounds) => {
                let traits = bounds.iter().chain(of).flat_map(|path| self.krate.resolve(place, path, Namespace::Types));
                let traits: Vec<Target> = traits.collect();
                traits.into_iter().find_map(|target| match target {
                    Target::Trait(number) => self.implementors(number, name),
                    _ => None,
                })
            }
            TypeUse::Unknown => None,
        }
    }

    /// `Type::name`.
    fn member(&mut self, key: &TypeKey, name: &str) -> Option<Found> {
        let methods = self.krate.methods(key, name);
        if !methods.is_empty() {
            return self.all(&methods);
        }
        match key {
            TypeKey::Outside(path) => {
                let path = format!("{path}::{name}");
                durable_rules::find(&path).map(|rule| Found::rule(rule, &path))
            }
            TypeKey::Local(_) => None,
        }
    }

    fn method(&mut self, place: Place, origin: &Origin, name: &str) -> Option<Found> {
        match self.krate.receiver(place, origin) {
            Receiver::Type(key) => {
                let methods = self.krate.methods(&key, name);
                if !methods.is_empty() {
                    return self.all(&methods);
                }
                if let Some(rule) = durable_rules::find_method(name).filter(|_| matches!(key, TypeKey::Outside(_))) {
                    return Some(Found::rule(rule, &format!(".{name}()"))).filter(|_| !self.is_found(place, origin));
                }
                let TypeKey::Outside(path) = key else { return None };
                let path = format!("{path}::{name}");
                // The order of a hash table matters only to who depends on it: the value gate sees that.
                let is_precise = |rule: &&Rule| rule.kind == Kind::Item && rule.code != Code::UnorderedIteration;
                let rule = durable_rules::find(&path).filter(is_precise)?;
                // The call that made the receiver is the mistake, if it is one.
                (!self.is_found(place, origin)).then(|| Found::rule(rule, &path))
            }
            Receiver::Traits(traits) => traits.into_iter().find_map(|number| self.implementors(number, name)),
            Receiver::Unknown => {
                let owned = self.krate.by_name.get(name);
                match (durable_rules::find_method(name), owned) {
                    (Some(rule), None) if !self.is_found(place, origin) => {
                        Some(Found::rule(rule, &format!(".{name}()")))
                    }
                    // Whichever of them it is.
                    (_, Some(methods)) if !faults::COMMON_METHODS.contains(&name) => self.all(&methods.clone()),
                    _ => None,
                }
            }
        }
    }

    /// Whether the value comes from something that has been reported already.
    fn is_found(&mut self, place: Place, origin: &Origin) -> bool {
        match origin {
            Origin::Call(path) | Origin::Path(path) => self.value(place, path).is_some(),
            Origin::Method(receiver, name) => {
                self.is_found(place, receiver) || self.method(place, receiver, name).is_some()
            }
            Origin::Field(inner, _) | Origin::Inner(inner) => self.is_found(place, inner),
            Origin::Unknown | Origin::Typed(_) | Origin::SelfValue => false,
        }
    }

    fn macro_call(&mut self, place: Place, path: &PathUse) -> Option<Found> {
        let name = path.segments.last()?;
        let targets = self.krate.resolve(place, path, Namespace::Macros);
        let by_path = targets.iter().find_map(|target| match target {
            Target::Outside(path) | Target::Perhaps(path) => {
                // Of what a glob import may bring, only what is listed by its own name.
                let is_sure = |rule: &&Rule| {
                    // `std::env!` is no part of the module `std::env`.
                    rule.kind == Kind::Macro || matches!(target, Target::Outside(_)) && rule.path != path
                };
                let rule = durable_rules::find_macro(path).filter(is_sure)?;
                Some(Found::rule(rule, &format!("{path}!")))
            }
            _ => None,
        });
        if by_path.is_some() {
            return by_path;
        }
        // `std::format!` is not the crate's own `format!`.
        let is_plain = path.segments.len() == 1;
        if !is_plain && targets.iter().any(|target| matches!(target, Target::Outside(_))) {
            return None;
        }
        let krate = self.krate;
        if let Some(numbers) = krate.macros.get(name) {
            return numbers.iter().find_map(|number| self.reach(Node::Macro(*number)));
        }
        let rule = is_plain.then(|| durable_rules::find_macro(&format!("std::{name}"))).flatten()?;
        (rule.kind == Kind::Macro).then(|| Found::rule(rule, &format!("{name}!")))
    }

    /// Every one of these functions: there are several for a name that is not resolved, under
    /// different `cfg`s, or of a trait.
    fn all(&mut self, functions: &[usize]) -> Option<Found> {
        let mut first = None;
        for function in functions {
            let found = self.reach(Node::Function(*function))?;
            first.get_or_insert(found);
        }
        first
    }

    /// The implementations of a trait's function in this crate, its default among them.
    fn implementors(&mut self, number: usize, name: &str) -> Option<Found> {
        let functions = self.krate.implementations(number, name);
        self.all(&functions)
    }

    /// Whether an attribute of `durable` stands on the function, under whatever name.
    fn is_ours(&self, function: &Function) -> bool {
        let place = Place { module: function.module, owner: Owner::None };
        function.attributes.iter().any(|path| {
            let is_named_so = path.segments.last().is_some_and(|name| scan::OURS.contains(&name.as_str()));
            is_named_so
                || self.krate.resolve(place, path, Namespace::Macros).iter().any(|target| match target {
                    Target::Outside(path) => path.split_once("::").is_some_and(|(krate, name)| {
                        krate == "durable" && scan::OURS.contains(&name.rsplit("::").next().unwrap_or(name))
                    }),
                    _ => false,
                })
        })
    }

    /// What a function or an initializer leads to.
    fn reach(&mut self, node: Node) -> Option<Found> {
        let known = || self.krate.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&node) {
            return known.clone();
        }
        let circle = self.active.iter().position(|active| *active == node).or_else(|| self.open.get(&node).copied());
        if let Some(circle) = circle {
            self.cut_at(circle);
            return None;
        }
        let depth = self.active.len();
        if depth >= DEPTH_MAX {
            self.too_deep = true;
            self.cut_at(0);
            return None;
        }
        let around = self.cut.take();
        self.active.push(node);
        let found = match node {
            Node::Function(number) => {
                let function = &self.krate.functions[number];
                // Calling an activity builds an invocation; helpers are checked by their own macro.
                if self.is_ours(function) {
                    None
                } else {
                    let place = Place { module: function.module, owner: function.owner };
                    let found = self.first(place, function.mentions(), function.lines.file);
                    let name = self.krate.shown_name(function);
                    let at = Step { name, is_function: true, file: function.lines.file, line: function.lines.first };
                    found.map(|found| prepended(found, at))
                }
            }
            Node::Initializer(number) => {
                let item = &self.krate.statics[number];
                let place = Place { module: item.module, owner: Owner::None };
                let found = self.first(place, item.mentions(), item.lines.file);
                let at =
                    Step { name: item.name.clone(), is_function: false, file: item.lines.file, line: item.lines.first };
                found.map(|found| prepended(found, at))
            }
            Node::Macro(number) => {
                let item = &self.krate.rules[number];
                let place = Place { module: item.module, owner: Owner::None };
                let found = self.first(place, item.mentions(), item.lines.file);
                let name = format!("{}!", item.name);
                let at = Step { name, is_function: false, file: item.lines.file, line: item.lines.first };
                found.map(|found| prepended(found, at))
            }
        };
        self.active.pop();
        self.settle(node, depth, found.as_ref());
        if let Some(around) = around {
            self.cut_at(around);
        }
        found
    }

    fn cut_at(&mut self, depth: usize) {
        self.cut = Some(self.cut.map_or(depth, |cut| cut.min(depth)));
    }

    /// Remembers what a walk from a node at this depth has found out.
    fn settle(&mut self, node: Node, depth: usize, found: Option<&Found>) {
        let cut = self.cut.filter(|cut| *cut < depth && found.is_none());
        self.cut = cut;
        if let Some(cut) = cut {
            // Circles through this node are part of the one that leads further out.
            self.open.values_mut().filter(|circle| **circle >= depth).for_each(|circle| *circle = cut);
            self.open.insert(node, cut);
            return;
        }
        // The circles that lead no further out than here are complete.
        let (closed, open): (Vec<_>, Vec<_>) = self.open.drain().partition(|(_, circle)| *circle >= depth);
        self.open = open.into_iter().collect();
        let mut known = self.krate.known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_some() || !self.too_deep {
            known.insert(node, found.cloned());
        }
        // If something was found, those in the circle may lead to it too: they are walked again.
        if found.is_none() && !self.too_deep {
            known.extend(closed.into_iter().map(|(node, _)| (node, None)));
        }
        drop(known);
        if depth == 0 {
            self.open.clear();
            self.too_deep = false;
        }
    }

    /// The first thing wrong in a body of this crate, with its place as the chain's last step.
    fn first(&mut self, place: Place, mentions: &[Mention<usize>], file: usize) -> Option<Found> {
        mentions.iter().find_map(|mention| {
            // What unsafe code of a helper does, the check of the object code sees.
            if matches!(mention.what, What::Fault(Fault::UnsafeBlock | Fault::ForeignFunctions)) {
                return None;
            }
            if self.krate.is_quoted(mention.quoted_by) {
                return None;
            }
            let mut found = self.judge(place, &mention.what)?;
            if found.chain.is_empty() {
                found.chain.push(Step { name: found.what.clone(), is_function: false, file, line: mention.at });
            }
            Some(found)
        })
    }
}

fn prepended(mut found: Found, at: Step) -> Found {
    found.chain.insert(0, at);
    found
}
