//! What a worker shares with its activities: one value per type.

use std::any::{Any, TypeId};
use std::collections::HashMap;

/// Values by type, put in with `Worker::builder(..).data(..)`.
#[derive(Default)]
pub struct Data {
    values: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

impl Data {
    /// Puts in a value; one of the same type is replaced.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Box::new(value));
    }

    /// The value of this type.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Whether there is a value of this type.
    pub fn contains(&self, id: TypeId) -> bool {
        self.values.contains_key(&id)
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Data({} values)", self.values.len())
    }
}
