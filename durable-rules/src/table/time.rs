//! Clocks and time zones.

super::rows! {
    Clock, Item, Both, "write `ctx.now()`: the recorded time of this turn" = "ctx.now()" => [
        "std::time::Instant::now", "std::time::SystemTime::now",
        "chrono::Utc::now", "chrono::Utc::today", "chrono::Local::now", "chrono::Local::today",
        "time::OffsetDateTime::now_utc", "time::OffsetDateTime::now_local", "time::UtcDateTime::now", "time::Instant::now",
        "time::PrimitiveDateTime::now", "jiff::Timestamp::now", "jiff::Zoned::now", "tokio::time::Instant::now",
        "quanta::Instant::now", "quanta::Instant::recent", "coarsetime::Instant::now", "coarsetime::Instant::recent",
        "coarsetime::Clock::now_since_epoch", "web_time::Instant::now", "web_time::SystemTime::now", "instant::Instant::now",
        "instant::SystemTime::now", "instant::now", "minstant::Instant::now", "minstant::now", "fastant::Instant::now",
        "hifitime::Epoch::now", "fastdate::DateTime::now", "fastdate::DateTime::utc", "bson::DateTime::now",
        "mongodb::bson::DateTime::now", "uuid::Timestamp::now", "jsonwebtoken::get_current_timestamp", "tai64::Tai64::now",
        "tai64::Tai64N::now", "cookie::time::OffsetDateTime::now_utc", "smoltcp::time::Instant::now",
        "googletest::prelude::now", "wasmtimer::std::Instant::now", "ntp::request", "rsntp::SntpClient::synchronize",
    ];
    Clock, Item, Both, "subtract two values of `ctx.now()`: it is the recorded time of a turn" => [
        "std::time::Instant::elapsed", "std::time::SystemTime::elapsed", "tokio::time::Instant::elapsed",
        "time::Instant::elapsed", "quanta::Instant::elapsed", "coarsetime::Instant::elapsed", "minstant::Instant::elapsed",
        "web_time::Instant::elapsed", "web_time::SystemTime::elapsed", "instant::Instant::elapsed",
    ];
    Clock, Item, Source, "subtract two values of `ctx.now()`: it is the recorded time of a turn" => [
        "std::time::UNIX_EPOCH::elapsed", "std::time::SystemTime::UNIX_EPOCH::elapsed",
    ];
    Clock, Tree, Both => ["quanta::Clock", "coarsetime::Clock", "ntp", "rsntp"];
    Clock, Item, Object => [
        "chrono::offset::utc::Utc::now", "chrono::offset::local::Local::now", "time::offset_date_time::OffsetDateTime::now_utc",
        "time::offset_date_time::OffsetDateTime::now_local", "time::utc_date_time::UtcDateTime::now",
        "jiff::timestamp::Timestamp::now", "jiff::zoned::Zoned::now", "jiff::now", "tokio::time::instant::Instant::now",
        "std::sys::time::Instant::now", "std::sys::time::SystemTime::now",
    ];

    Zone, Tree, Both => ["chrono::Local", "iana_time_zone", "sys_locale", "locale_config", "current_locale", "localzone"];
    Zone, Tree, Object => ["chrono::offset::local"];
    Zone, Item, Both => [
        "time::UtcOffset::current_local_offset", "time::UtcOffset::local_offset_at", "tzdb::local_tz", "tz::TimeZone::local",
        "tz::TimeZone::from_posix_tz", "jiff::tz::TimeZone::system", "jiff::tz::TimeZone::try_system",
        "icu::locale::preferences", "num_format::SystemLocale::default", "num_format::SystemLocale::new",
    ];
    Zone, Item, Object => ["jiff::tz::timezone::TimeZone::system", "jiff::tz::timezone::TimeZone::try_system"];
}
