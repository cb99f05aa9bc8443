//! Randomness. Generators with a seed are harmless: `StdRng::seed_from_u64(ctx.random())`.

super::rows! {
    Randomness, Item, Both, "write `ctx.new_uuid()`: the same id in every replay" = "ctx.new_uuid()" => [
        "uuid::Uuid::new_v1", "uuid::Uuid::new_v4", "uuid::Uuid::new_v6", "uuid::Uuid::new_v7", "uuid::Uuid::now_v1",
        "uuid::Uuid::now_v6", "uuid::Uuid::now_v7", "uuid::Builder::from_random_bytes_now",
    ];
    Randomness, Item, Both, "write `ctx.random()`: the same value in every replay" = "ctx.random()" => [
        "rand::random", "rand::random_range", "rand::random_bool", "rand::random_ratio", "rand::random_iter", "rand::fill",
        "std::random::random",
    ];
    Randomness, Item, Both, "seed a generator: `StdRng::seed_from_u64(ctx.random())` gives the same values in every replay" => [
        "rand::rng", "rand::thread_rng", "rand::make_rng", "rand::os_rng", "rand::rngs::OsRng", "rand::rngs::SysRng",
    ];
    Randomness, Tree, Both, "seed a generator: `StdRng::seed_from_u64(ctx.random())` gives the same values in every replay" => [
        "rand::rngs::ThreadRng", "rand::rngs::OsRng::default", "rand_core::os", "rand_hc", "rand_os", "rand_jitter",
    ];
    // On any generator: `ChaCha8Rng::from_os_rng()`, `SmallRng::from_entropy()`.
    Randomness, Associated, Source, "seed the generator: `seed_from_u64(ctx.random())` gives the same values in every replay" => [
        "from_entropy", "from_os_rng", "try_from_os_rng", "from_thread_rng",
    ];
    Randomness, Tree, Both => [
        "fastrand", "getrandom", "nanorand::tls_rng", "nanorand::entropy", "nanorand::WyRand::new", "nanoid", "cuid", "cuid2", "xid",
        "ksuid", "svix_ksuid", "scru128", "scru64", "rusty_ulid", "sonyflake", "petname", "names", "fake::Faker", "turborand::rng",
        "ring::rand", "aws_lc_rs::rand", "openssl::rand", "sodiumoxide::randombytes", "libsodium_rs::random", "randomize",
        "urandom::new", "urandom::csprng", "tinyrand_std", "rand_seeder::from_entropy", "mongodb::bson::oid::ObjectId::new",
        "bson::oid::ObjectId::new", "bcrypt::hash", "tiny_id", "friendly_id", "human_id", "random_string", "rand_unique",
        "random_number", "random_word", "rnglib", "passwords", "entropy_rng", "simplerand", "alea",
    ];
    Randomness, Harmless, Both => [
        "fastrand::Rng::with_seed", "fastrand::Rng::from_seed", "scru128::Id::from_u128", "ksuid::Ksuid::from_base62",
        "svix_ksuid::Ksuid::from_base62", "xid::Id::from_str",
    ];
    Randomness, Item, Both, "write `ctx.new_uuid()`: the same id in every replay" = "ctx.new_uuid()" => [
        "ulid::Ulid::new", "ulid::Ulid::generate", "ulid::Ulid::from_datetime", "ulid::Ulid::default", "ulid::Generator::new",
        "type_safe_id::TypeSafeId::new", "mti::prelude::create_type_id",
    ];
    Randomness, Item, Object => ["fastrand::global_rng::with_rng", "ulid::Ulid::from_parts_now"];
    Randomness, Tree, Object => ["rand::rngs::thread", "rand_core::os_rng", "fastrand::global_rng"];

    // The keys of a hash map's hasher are random; the map itself may be looked up in.
    Randomness, Tree, Source, "use a `BTreeMap`, or a hash with a specification" => ["std::hash::RandomState"];
    Randomness, Item, Source, "use a `BTreeMap`, or a hash with a specification" => [
        "ahash::RandomState::new", "ahash::RandomState::default", "ahash::AHasher::default", "foldhash::fast::RandomState::default",
        "foldhash::quality::RandomState::default", "hashbrown::DefaultHashBuilder::default", "gxhash::GxBuildHasher::default",
        "rapidhash::fast::RandomState::new", "rapidhash::fast::RandomState::default",
    ];
}
