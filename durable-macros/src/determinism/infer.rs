//! The types of receivers, as far as declarations say them: no more than a reader sees at a glance.

use super::facts::{Origin, PathUse, TypeUse};
use super::index::{Crate, Owner, Place};
use super::resolve::{Namespace, Target, TypeKey};

/// How deep a chain of calls is followed.
const STEPS_MAX: u8 = 12;

/// Methods whose result has the type of their receiver.
const SAME: &[&str] = &[
    "clone",
    "cloned",
    "copied",
    "as_ref",
    "as_mut",
    "borrow",
    "borrow_mut",
    "to_owned",
    "as_deref",
    "deref",
    "by_ref",
    "unwrap_or_else_same",
];

/// Methods that take the value out of an `Option` or a `Result`.
const INNER: &[&str] =
    &["unwrap", "expect", "unwrap_or", "unwrap_or_else", "unwrap_or_default", "ok_or", "ok_or_else", "ok", "map_err"];

/// Types whose methods are, more often than not, those of what they hold.
const WRAPPERS: &[&str] = &["Box", "Rc", "Arc", "Pin", "Cow", "Ref", "RefMut", "Cell", "RefCell"];

/// A type, with the place from which its names are to be read.
pub(crate) type Seen = (Place, TypeUse);

/// The type that a method is called on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Receiver {
    Type(TypeKey),
    /// One of these traits is known of it, and nothing else.
    Traits(Vec<usize>),
    Unknown,
}

impl Crate {
    /// What a method of this value is looked up in.
    pub(crate) fn receiver(&self, place: Place, origin: &Origin) -> Receiver {
        match self.infer(place, origin, STEPS_MAX) {
            Some(seen) => self.receiver_of(&seen),
            None => Receiver::Unknown,
        }
    }

    fn receiver_of(&self, (place, ty): &Seen) -> Receiver {
        match ty {
            TypeUse::Path(path, arguments) => {
                let wrapped = path.segments.last().is_some_and(|name| WRAPPERS.contains(&name.as_str()));
                match self.resolve(*place, path, Namespace::Types).into_iter().next() {
                    Some(Target::Type(TypeKey::Local(number))) => Receiver::Type(TypeKey::Local(number)),
                    Some(Target::Trait(number)) => Receiver::Traits(vec![number]),
                    _ if wrapped && !arguments.is_empty() => self.receiver_of(&(*place, arguments[0].clone())),
                    Some(Target::Outside(path) | Target::Type(TypeKey::Outside(path)) | Target::Perhaps(path)) => {
                        Receiver::Type(TypeKey::Outside(path))
                    }
                    _ => Receiver::Unknown,
                }
            }
            TypeUse::Bounds(bounds) => {
                let traits = bounds.iter().flat_map(|bound| self.resolve(*place, bound, Namespace::Types));
                let traits = traits.filter_map(|target| match target {
                    Target::Trait(number) => Some(number),
                    _ => None,
                });
                Receiver::Traits(traits.collect())
            }
            TypeUse::Unknown => Receiver::Unknown,
        }
    }

    fn infer(&self, place: Place, origin: &Origin, left: u8) -> Option<Seen> {
        let left = left.checked_sub(1)?;
        match origin {
            Origin::Unknown => None,
            Origin::Typed(ty) => Some((place, ty.clone())),
            Origin::SelfValue => self.self_type(place),
            Origin::Call(path) => {
                self.resolve(place, path, Namespace::Values).first().and_then(|t| self.result(place, t))
            }
            Origin::Path(path) => match self.resolve(place, path, Namespace::Values).into_iter().next()? {
                Target::Static(number) => {
                    let item = &self.statics[number];
                    Some((Place { module: item.module, owner: Owner::None }, item.ty.clone()))
                }
                Target::Constructor(number) => Some(self.local_type(number)),
                // The table lists `std::time::UNIX_EPOCH::elapsed` as if the constant were a type.
                Target::Outside(path) => Some((place, absolute(&path))),
                _ => None,
            },
            Origin::Method(receiver, name) => {
                let seen = self.infer(place, receiver, left)?;
                if SAME.contains(&name.as_str()) {
                    return Some(seen);
                }
                if INNER.contains(&name.as_str()) {
                    return Some(inner(seen));
                }
                match self.receiver_of(&seen) {
                    Receiver::Type(key) => {
                        let method = *self.methods(&key, name).first()?;
                        self.output(method)
                    }
                    _ => None,
                }
            }
            Origin::Field(base, name) => {
                let seen = self.infer(place, base, left)?;
                match self.receiver_of(&seen) {
                    Receiver::Type(TypeKey::Local(number)) => {
                        let item = &self.types[number];
                        let ty = item.fields.get(name)?.clone();
                        Some((Place { module: item.module, owner: Owner::None }, ty))
                    }
                    _ => None,
                }
            }
            Origin::Inner(outer) => self.infer(place, outer, left).map(inner),
        }
    }

    /// What a call gives.
    fn result(&self, place: Place, target: &Target) -> Option<Seen> {
        match target {
            Target::Functions(all) => self.output(*all.first()?),
            Target::Constructor(number) => Some(self.local_type(*number)),
            Target::Member(key, name) => match (self.methods(key, name).first(), key) {
                (Some(method), _) => self.output(*method),
                // Derived: `Order::default()`, `Order::clone(..)`.
                (None, TypeKey::Local(number)) => Some(self.local_type(*number)),
                (None, TypeKey::Outside(path)) => Some((place, absolute(path))),
            },
            // `Instant::now()`, `Vec::new()`: as good as always the type itself.
            Target::Outside(path) | Target::Perhaps(path) => {
                let (ty, _) = path.rsplit_once("::")?;
                let is_type = ty.rsplit("::").next()?.starts_with(char::is_uppercase);
                is_type.then(|| (place, absolute(ty)))
            }
            _ => None,
        }
    }

    /// What a function says that it returns.
    fn output(&self, function: usize) -> Option<Seen> {
        let function = &self.functions[function];
        let place = Place { module: function.module, owner: function.owner };
        match function.output.as_ref()? {
            TypeUse::Path(path, _) if path.segments == ["Self"] => self.self_type(place),
            other => Some((place, other.clone())),
        }
    }

    fn self_type(&self, place: Place) -> Option<Seen> {
        match place.owner {
            Owner::Impl(number) => {
                let block = &self.impls[number];
                Some((Place { module: block.module, owner: Owner::None }, block.self_type.clone()))
            }
            Owner::Trait(number) => {
                let item = &self.traits[number];
                let path = PathUse::new(vec!["self".to_owned(), item.name.clone()]);
                Some((Place { module: item.module, owner: Owner::None }, TypeUse::Bounds(vec![path])))
            }
            Owner::None => None,
        }
    }

    fn local_type(&self, number: usize) -> Seen {
        let item = &self.types[number];
        let path = PathUse::new(vec!["self".to_owned(), item.name.clone()]);
        (Place { module: item.module, owner: Owner::None }, TypeUse::Path(path, Vec::new()))
    }
}

/// A path in another crate, as a type.
fn absolute(path: &str) -> TypeUse {
    let segments = path.split("::").map(str::to_owned).collect();
    TypeUse::Path(PathUse { segments, rooted: true, globs: Vec::new() }, Vec::new())
}

/// What an `Option` or a `Result` holds; anything else is what it is.
fn inner((place, ty): Seen) -> Seen {
    match ty {
        TypeUse::Path(path, arguments)
            if path.segments.last().is_some_and(|name| name == "Option" || name == "Result")
                && !arguments.is_empty() =>
        {
            (place, arguments[0].clone())
        }
        other => (place, other),
    }
}
