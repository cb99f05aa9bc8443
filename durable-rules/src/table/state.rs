//! State that several executions see, by crate.

super::rows! {
    SharedState, Tree, Source => [
        "parking_lot", "parking_lot_core", "once_cell", "arc_swap", "spin", "dashmap", "scc", "papaya", "flurry", "evmap", "left_right",
        "moka", "quick_cache", "cached", "mini_moka", "stretto", "thread_local", "state", "static_init", "atomic", "portable_atomic",
        "atomic_float", "atomic_refcell", "atomic_take", "crossbeam_utils::atomic", "crossbeam_skiplist", "crossbeam_epoch", "sharded_slab",
        "try_lock", "atomic_counter", "seqlock", "haphazard", "triomphe::ArcSwap", "whirlwind", "im_rc_cell", "generational_cache",
        "global_counter", "singletonset", "keyed_lock", "async_once_cell", "conquer_once", "concurrent_map", "cht", "chashmap", "sharded",
        "governor", "leaky_bucket",
    ];
    SharedState, Harmless, Source => ["atomic::Ordering", "portable_atomic::Ordering", "once_cell::unsync", "governor::Quota"];
    SharedState, Macro, Source => ["lazy_static::lazy_static", "static_init::dynamic", "cached::proc_macro::cached"];
    // Iterates in no defined order, and as often as not stands in a dependency.
    UnorderedIteration, Tree, Object => [
        "dashmap::iter::Iter", "dashmap::iter::IterMut", "dashmap::iter::OwningIter", "hashbrown::map::Iter", "hashbrown::map::IntoIter",
    ];
    Panics, Tree, Source => ["human_panic", "color_eyre::install", "color_eyre::config", "better_panic", "std::panicking"];
}
