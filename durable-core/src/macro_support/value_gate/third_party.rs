//! Types of other crates. Each crate is an optional dependency behind a feature `check-…`, because
//! only the crate that has the trait or the one that has the type may bring the two together.

#[allow(unused_imports)]
use super::types::{denied, denied_for};

#[cfg(feature = "check-dashmap")]
denied! {
    SharesState: [K, V, S] dashmap::DashMap<K, V, S>, [K, S] dashmap::DashSet<K, S>;
}

#[cfg(feature = "check-hashbrown")]
mod hashbrown_types {
    use super::{denied, denied_for};
    use hashbrown::{HashMap, HashSet, hash_map, hash_set};

    denied! {
        IteratesUnordered:
            ['a, K, V] hash_map::Iter<'a, K, V>, ['a, K, V] hash_map::IterMut<'a, K, V>,
            ['a, K, V] hash_map::Keys<'a, K, V>,
            ['a, K, V] hash_map::Values<'a, K, V>, ['a, K, V] hash_map::ValuesMut<'a, K, V>,
            ['a, K, V] hash_map::Drain<'a, K, V>,
            [K, V] hash_map::IntoIter<K, V>, [K, V] hash_map::IntoKeys<K, V>, [K, V] hash_map::IntoValues<K, V>,
            ['a, K] hash_set::Iter<'a, K>, [K] hash_set::IntoIter<K>, ['a, K] hash_set::Drain<'a, K>;
    }
    denied_for! { DeniedIteration, IteratesUnordered: [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S> }
    denied_for! { DeniedContents, ContainsUnordered: [K, V, S] HashMap<K, V, S>, [T, S] HashSet<T, S> }
}

#[cfg(feature = "check-parking-lot")]
denied! {
    SharesState:
        [T: ?Sized] parking_lot::Mutex<T>, [T: ?Sized] parking_lot::RwLock<T>, [T: ?Sized] parking_lot::FairMutex<T>,
        [] parking_lot::Condvar, [] parking_lot::Once;
}

#[cfg(feature = "check-rand")]
denied! {
    DrawsRandomness:
        [] rand_0_9::rngs::ThreadRng, [] rand_0_9::rngs::OsRng,
        [] rand_0_10::rngs::ThreadRng, [] rand_0_10::rngs::SysRng;
}

#[cfg(feature = "check-reqwest")]
denied! {
    UsesNetwork:
        [] reqwest::Client, [] reqwest::ClientBuilder, [] reqwest::RequestBuilder, [] reqwest::Response;
}

#[cfg(feature = "check-sqlx")]
denied! {
    UsesNetwork:
        [DB: sqlx::Database] sqlx::Pool<DB>, [DB: sqlx::Database] sqlx::pool::PoolConnection<DB>,
        ['c, DB: sqlx::Database] sqlx::Transaction<'c, DB>;
}
