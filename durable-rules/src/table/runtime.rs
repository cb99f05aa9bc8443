//! Other async runtimes, and combinators that know nothing of the history; threads, by crate.

super::rows! {
    Runtime, Tree, Both => [
        "tokio::task", "tokio::time", "tokio::runtime", "tokio::sync", "tokio::signal", "tokio::process", "async_std", "smol", "async_io",
        "async_executor", "async_global_executor", "async_compat", "async_ctrlc", "actix_rt", "actix", "monoio", "glommio", "compio",
        "embassy_executor", "embassy_time", "embassy_sync", "futures_timer", "pollster", "tokio_util::time", "tokio_util::task",
        "tokio_util::sync", "tokio_stream::wrappers", "tokio_cron_scheduler", "tokio_retry", "backon", "backoff",
        "gloo_timers", "wasm_bindgen_futures", "extreme", "cassette", "waker_fn", "async_task", "tokio_scoped", "async_scoped",
        "async_spawner", "agnostic", "switchyard", "nuclei", "bastion", "ractor", "xtra", "kameo",
    ];
    Runtime, Harmless, Both => [
        "tokio::time::Duration", "tokio::time::error", "tokio::sync::AcquireError", "tokio::sync::TryLockError", "tokio::task::JoinError",
        "tokio::task::Id", "backon::ExponentialBuilder",
    ];
    Runtime, Item, Both => ["tokio::spawn"];
    Runtime, Item, Source, "wait with `ctx.timer(duration).await`" = "ctx.timer" => [
        "tokio::time::sleep", "tokio::time::sleep_until", "async_std::task::sleep", "smol::Timer::after", "async_io::Timer::after",
        "futures_timer::Delay::new", "actix_rt::time::sleep", "gloo_timers::future::sleep",
    ];
    Runtime, Item, Source, "race it with a timer: `durable::select! { r = .. => .., _ = ctx.timer(limit) => .. }`" => [
        "tokio::time::timeout", "tokio::time::timeout_at", "async_std::future::timeout",
    ];
    Runtime, Item, Source, "loop over `ctx.timer(period).await`" => ["tokio::time::interval", "tokio::time::interval_at"];
    Runtime, Item, Source, "start activities with `ctx.call(..)`: those made before the first `.await` run in parallel" => [
        "tokio::task::spawn", "tokio::task::spawn_local", "tokio::task::spawn_blocking", "async_std::task::spawn", "smol::spawn",
        "tokio::task::JoinSet::new",
    ];
    Runtime, Macro, Source, "write `durable::select!`: it takes the event that comes first in the history" = "durable::select!" => [
        "tokio::select", "futures::select", "futures::select_biased", "smol::future::race", "futures_lite::future::race",
    ];
    Runtime, Macro, Source, "write `durable::join!`" = "durable::join!" => ["tokio::join", "futures::join", "async_std::join", "futures_concurrency::join"];
    Runtime, Macro, Source, "write `durable::try_join!`" = "durable::try_join!" => ["tokio::try_join", "futures::try_join", "async_std::try_join"];
    Runtime, Macro, Source => ["tokio::task_local", "async_stream::stream", "async_stream::try_stream", "tokio::main"];

    // Combinators: `futures::stream::iter` and the like are harmless until they are awaited.
    Runtime, Tree, Source => [
        "futures::executor", "futures::channel", "futures::lock", "futures::stream::FuturesUnordered", "futures::stream::FuturesOrdered",
        "futures::stream::select", "futures::stream::select_all", "futures::stream::SelectAll", "async_lock", "event_listener",
        "futures_lite::future", "futures_lite::stream", "futures_concurrency", "unicycle", "futures_buffered", "async_broadcast",
        "async_oneshot", "oneshot", "tokio_stream::StreamMap", "futures::task", "futures::stream::AbortHandle", "futures::future::AbortHandle",
        "futures::future::Abortable",
    ];
    Runtime, Tree, Object => ["tokio::runtime", "futures_executor", "futures_channel", "async_io", "async_executor"];
    Runtime, Harmless, Source => [
        "futures::channel::oneshot::Canceled", "futures::executor::EnterError", "futures_lite::stream::iter", "futures::task::Poll",
    ];
    Runtime, Item, Source, "write `durable::join_all(..)` or `durable::try_join_all(..)`" = "durable::join_all" => [
        "futures::future::join_all", "futures::future::try_join_all",
    ];
    Runtime, Item, Source, "write `durable::join!`" => [
        "futures::future::join", "futures::future::join3", "futures::future::join4", "futures::future::join5",
        "futures::future::try_join", "futures::future::try_join3", "futures::future::try_join4", "futures::future::try_join5",
    ];
    Runtime, Item, Source, "write `durable::select!`: it takes the event that comes first in the history" => [
        "futures::future::select", "futures::future::select_all", "futures::future::select_ok", "futures::future::try_select",
        "futures::future::abortable",
    ];
    Runtime, Item, Source => ["futures::future::poll_fn", "futures::future::maybe_done", "futures::future::poll_immediate"];
    Runtime, Method, Source, "await it: an orchestrator does not block" => [
        "block_on", "blocking_recv", "blocking_send", "blocking_lock", "blocking_lock_owned", "blocking_read", "blocking_write",
        "now_or_never",
    ];
    Runtime, Method, Source, "write `durable::join_all(..).limit(n)`: bounded, and in a recorded order" => ["buffer_unordered", "for_each_concurrent", "try_buffer_unordered", "try_for_each_concurrent"];

    Threads, Tree, Both => [
        "rayon", "rayon_core", "crossbeam", "crossbeam_channel", "crossbeam_deque", "crossbeam_queue", "crossbeam_utils::thread", "flume",
        "async_channel", "kanal", "thingbuf", "threadpool", "scoped_threadpool", "executors", "blocking", "loole", "ringbuf", "rtrb",
        "bus", "multiqueue", "spmc", "concurrent_queue", "may", "pariter", "orx_parallel", "chili", "loom", "shuttle",
    ];
    Threads, Harmless, Both => [
        "flume::RecvError", "flume::SendError", "rayon::iter::Either", "crossbeam_channel::RecvError", "crossbeam::atomic",
    ];
    Threads, Method, Source => ["par_iter", "par_iter_mut", "into_par_iter", "par_bridge", "par_sort", "par_sort_by", "par_sort_unstable", "par_chunks"];
}
