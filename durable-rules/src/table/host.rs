//! Configuration, files and the host, by crate.

super::rows! {
    Environment, Tree, Both => [
        "dotenvy", "dotenv", "envy", "dirs", "directories", "home", "etcetera", "which", "app_dirs2", "platform_dirs", "xdg",
        "env_home", "argfile", "pico_args", "lexopt", "argh::from_env", "clap::Parser::parse", "clap::Parser::try_parse",
        "figment::providers::Env", "config::Environment", "envconfig", "dotenv_codegen", "dirs_next", "dirs_sys", "shellexpand",
    ];
    Environment, Harmless, Both => ["pico_args::Error", "lexopt::Error", "envy::Error", "dotenvy::Error"];

    Io, Tree, Both => [
        "tokio::fs", "async_fs", "fs_err", "fs_extra", "fs2", "fs4", "tempfile", "tempdir", "memmap", "memmap2", "walkdir", "jwalk",
        "ignore::Walk", "ignore::WalkBuilder", "glob::glob", "globwalk", "notify", "file_lock", "filetime", "remove_dir_all", "trash",
        "csv::Reader::from_path", "csv::Writer::from_path", "image::open", "cap_std", "same_file", "is_executable", "atomicwrites",
        "config::File", "figment::providers::Toml::file", "fs_more", "symlink", "junction", "file_guard", "opener", "open", "rfd",
        "dialoguer", "inquire", "rustyline", "rpassword", "clipboard", "arboard", "crossterm", "termion", "console::Term",
    ];
    Io, Item, Source => ["tokio::io::stdin", "tokio::io::copy", "tokio::io::duplex", "serde_json::from_reader"];
    Io, Tree, Source => ["tokio::io"];
    Io, Harmless, Source => ["tokio::io::ErrorKind", "tokio::io::Error", "walkdir::Error", "tokio::io::empty", "tokio::io::sink"];
    Printing, Item, Source => ["tokio::io::stdout", "tokio::io::stderr"];
    Printing, Tree, Source => ["indicatif", "termcolor", "syslog"];
    Printing, Macro, Source => ["defmt::println", "anstream::println", "anstream::eprintln", "anstream::print", "anstream::eprint"];

    Host, Tree, Both => [
        "num_cpus", "hostname", "whoami", "sysinfo", "gethostname", "sys_info", "machine_uid", "machine_info", "mac_address", "sysctl",
        "procfs", "psutil", "uname", "raw_cpuid", "core_affinity", "if_addrs", "get_if_addrs", "local_ip_address", "netdev",
        "default_net", "users", "uzers", "battery", "systemstat", "heim", "os_info", "jemalloc_ctl", "tikv_jemalloc_ctl", "daemonize",
        "duct", "subprocess", "xshell", "cmd_lib", "async_process", "os_pipe", "libloading", "memory_stats", "page_size", "ctrlc",
        "signal_hook", "signal_hook_tokio", "backtrace", "caps", "perf_event", "pprof", "rlimit", "is_terminal", "atty",
        "terminal_size", "affinity", "hwloc", "nvml_wrapper", "sys_metrics", "sysconf", "device_query", "port_check", "portpicker",
        "command_group", "shared_child", "wait_timeout", "fork", "interprocess", "shared_memory",
    ];
    // Other crates' clocks and files are built on these.
    Host, Tree, Source => ["libc", "nix", "rustix", "windows", "windows_sys", "winapi", "core_foundation", "mach2", "errno"];
}
