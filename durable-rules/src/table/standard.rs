//! The standard library, module by module. (Clocks and randomness stand with their kin.)

super::rows! {
    // std::env. `env!` is compiled in and harmless.
    Environment, Tree, Both => ["std::env"];
    Environment, Harmless, Both => ["std::env::consts", "std::env::VarError", "std::env::JoinPathsError", "std::env::join_paths", "std::env::split_paths"];

    // std::fs, std::io
    Io, Tree, Both => ["std::fs", "std::io::pipe"];
    Io, Item, Source => [
        "std::io::stdin", "std::io::read_to_string", "std::io::copy", "std::io::Stdin::lock", "std::io::stdin::lines",
        "std::path::Path::exists", "std::path::Path::try_exists", "std::path::Path::is_file", "std::path::Path::is_dir",
        "std::path::Path::is_symlink", "std::path::Path::metadata", "std::path::Path::symlink_metadata",
        "std::path::Path::canonicalize", "std::path::Path::read_dir", "std::path::Path::read_link",
        "std::path::PathBuf::exists", "std::path::PathBuf::is_file", "std::path::PathBuf::is_dir",
        "std::path::absolute",
    ];
    Io, Tree, Object => ["std::io::stdio", "std::sys::fs", "std::sys::pal::unix::fs"];
    Io, Item, Object => [
        "std::path::Path::exists", "std::path::Path::try_exists", "std::path::Path::is_file", "std::path::Path::is_dir",
        "std::path::Path::is_symlink", "std::path::Path::metadata", "std::path::Path::symlink_metadata",
        "std::path::Path::canonicalize", "std::path::Path::read_dir", "std::path::Path::read_link",
        "std::path::absolute",
    ];
    Printing, Item, Source => ["std::io::stdout", "std::io::stderr"];
    Printing, Macro, Source => ["std::println", "std::print", "std::eprintln", "std::eprint", "std::dbg"];
    Host, Item, Source => ["std::io::IsTerminal::is_terminal"];

    // std::net: addresses are plain data
    Network, Tree, Both => ["std::net::TcpStream", "std::net::TcpListener", "std::net::UdpSocket"];
    Network, Item, Source => ["std::net::ToSocketAddrs::to_socket_addrs", "std::net::lookup_host"];
    Network, Method, Source => ["to_socket_addrs"];
    Network, Tree, Object => ["std::net::tcp", "std::net::udp", "std::sys::net", "std::os::unix::net"];

    // std::thread
    Threads, Tree, Both => ["std::thread"];
    Threads, Item, Source, "wait with `ctx.timer(duration).await`" = "ctx.timer" => [
        "std::thread::sleep", "std::thread::sleep_until", "std::thread::sleep_ms",
    ];
    Threads, Item, Source, "leave it out: an orchestrator gives up its turn at each `.await`" => [
        "std::thread::yield_now", "std::thread::park", "std::thread::park_timeout", "std::hint::spin_loop",
    ];
    Host, Item, Source => ["std::thread::available_parallelism"];
    Threads, Tree, Both => ["std::sync::mpsc", "std::sync::mpmc", "std::sync::oneshot"];
    Threads, Harmless, Source => ["std::thread::AccessError", "std::sync::mpsc::RecvError", "std::sync::mpsc::TryRecvError"];

    // std::sync. `Arc`, `Weak` and `Ordering` are harmless.
    SharedState, Tree, Source => [
        "std::sync::Mutex", "std::sync::RwLock", "std::sync::Condvar", "std::sync::Barrier", "std::sync::Once",
        "std::sync::OnceLock", "std::sync::LazyLock", "std::sync::ReentrantLock", "std::sync::atomic",
        "std::sync::nonpoison", "std::sync::poison", "std::thread::LocalKey",
    ];
    SharedState, Harmless, Source => [
        "std::sync::atomic::Ordering", "std::sync::poison::PoisonError", "std::sync::atomic::fence",
        "std::sync::atomic::compiler_fence",
    ];
    SharedState, Macro, Source => ["std::thread_local"];

    // std::process, std::os, std::backtrace, std::alloc
    Host, Tree, Both => ["std::process", "std::backtrace"];
    Host, Harmless, Both => ["std::process::ExitCode"];
    Host, Item, Source, "return an error, or `ctx.continue_as_new(..)`; the worker's process is not the orchestrator's" => [
        "std::process::exit", "std::process::abort",
    ];
    Host, Tree, Source => ["std::os", "std::alloc"];
    Host, Harmless, Source => ["std::os::raw", "std::alloc::Layout"];
    Host, Item, Source => ["std::io::Error::last_os_error"];
    Host, Macro, Source => [
        "std::is_x86_feature_detected", "std::arch::is_x86_feature_detected", "std::arch::is_aarch64_feature_detected",
    ];
    Unsafe, Macro, Source => ["std::arch::asm", "std::arch::naked_asm"];
    Unsafe, Tree, Source => ["std::arch"];

    // std::panic
    Panics, Item, Source => [
        "std::panic::catch_unwind", "std::panic::set_hook", "std::panic::take_hook", "std::panic::update_hook",
        "std::panic::resume_unwind", "std::panic::always_abort", "std::panic::set_backtrace_style",
    ];
    Panics, Method, Source => ["catch_unwind"];

    // std::ptr and what else shows an address
    Addresses, Item, Source => [
        "std::ptr::from_ref", "std::ptr::from_mut", "std::ptr::hash", "std::ptr::NonNull::from",
        "std::ptr::NonNull::from_ref", "std::ptr::NonNull::from_mut", "std::rc::Rc::as_ptr", "std::rc::Rc::into_raw",
        "std::rc::Weak::as_ptr", "std::rc::Weak::into_raw", "std::sync::Arc::as_ptr", "std::sync::Arc::into_raw",
        "std::sync::Weak::as_ptr", "std::sync::Weak::into_raw", "std::boxed::Box::as_ptr", "std::boxed::Box::into_raw",
        "std::boxed::Box::as_mut_ptr", "std::boxed::Box::into_non_null", "std::vec::Vec::as_ptr", "std::vec::Vec::as_mut_ptr",
        "std::string::String::as_ptr", "std::cell::Cell::as_ptr", "std::cell::RefCell::as_ptr",
        "std::cell::UnsafeCell::get", "std::mem::transmute", "std::mem::transmute_copy", "std::fmt::Pointer::fmt",
        "str::as_ptr", "slice::as_ptr",
    ];
    Addresses, Macro, Source => ["std::ptr::addr_of", "std::ptr::addr_of_mut"];
    Addresses, Method, Source => ["as_ptr", "as_mut_ptr", "as_ptr_range", "as_mut_ptr_range", "expose_provenance", "expose_addr"];

    // std::hash, std::collections
    UnstableHash, Tree, Source => ["std::hash::DefaultHasher"];
    UnorderedIteration, Item, Source => [
        "std::collections::HashMap::iter", "std::collections::HashMap::iter_mut", "std::collections::HashMap::keys",
        "std::collections::HashMap::values", "std::collections::HashMap::values_mut", "std::collections::HashMap::into_iter",
        "std::collections::HashMap::into_keys", "std::collections::HashMap::into_values", "std::collections::HashMap::drain",
        "std::collections::HashMap::retain", "std::collections::HashMap::extract_if", "std::collections::HashSet::iter",
        "std::collections::HashSet::into_iter", "std::collections::HashSet::drain", "std::collections::HashSet::retain",
        "std::collections::HashSet::union", "std::collections::HashSet::intersection", "std::collections::HashSet::difference",
        "std::collections::HashSet::symmetric_difference", "std::collections::HashSet::extract_if",
    ];
    UnorderedIteration, Tree, Object => [
        "std::collections::hash::map::Iter", "std::collections::hash::map::IterMut", "std::collections::hash::map::IntoIter",
        "std::collections::hash::map::Keys", "std::collections::hash::map::IntoKeys", "std::collections::hash::map::Values",
        "std::collections::hash::map::ValuesMut", "std::collections::hash::map::IntoValues", "std::collections::hash::map::Drain",
        "std::collections::hash::map::ExtractIf", "std::collections::hash::set::Iter", "std::collections::hash::set::IntoIter",
        "std::collections::hash::set::Drain", "std::collections::hash::set::ExtractIf", "std::collections::hash::set::Union",
        "std::collections::hash::set::Intersection", "std::collections::hash::set::Difference",
        "std::collections::hash::set::SymmetricDifference",
    ];

    // std::task: polling by hand goes past the await gate
    ForeignAwait, Item, Source => ["std::task::Context::from_waker", "std::task::Wake::wake", "std::future::poll_fn"];
    ForeignAwait, Tree, Source => ["std::task::RawWaker", "std::task::ContextBuilder"];
}
