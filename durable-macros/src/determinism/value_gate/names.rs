//! Which methods and functions are asked which question. Types decide; names only say where it is
//! worth asking.

use super::frame::Question;

/// Methods that look at the file system if the receiver is a path.
const PATH_IO: &[&str] = &[
    "canonicalize",
    "exists",
    "is_dir",
    "is_file",
    "is_symlink",
    "metadata",
    "read_dir",
    "read_link",
    "symlink_metadata",
    "try_exists",
];

/// Methods that iterate over their receiver and give no iterator.
const ITERATES_RECEIVER: &[&str] = &["extract_if", "retain"];

/// Methods and functions that iterate over what they are given.
const ITERATES_ARGUMENTS: &[&str] = &[
    "chain",
    "extend",
    "from_iter",
    "interleave",
    "into_iter",
    "iter",
    "join_all",
    "merge",
    "select_all",
    "try_join_all",
    "zip",
    "zip_eq",
    "zip_longest",
];

/// Functions that write what they are given.
const WRITES_ARGUMENTS: &[&str] =
    &["to_string", "to_string_pretty", "to_value", "to_vec", "to_vec_pretty", "to_writer", "to_writer_pretty"];

/// What the denied types have of methods whose results are not denied themselves.
const HANDLE_METHODS: &[&str] = &[
    "abort",
    "accept",
    "acquire",
    "add_permits",
    "arg",
    "args",
    "available_permits",
    "block_on",
    "blocking_lock",
    "blocking_recv",
    "blocking_send",
    "build_hasher",
    "call_once",
    "changed",
    "checked_duration_since",
    "compare_exchange",
    "compare_exchange_weak",
    "current_dir",
    "duration_since",
    "env",
    "exit_ok",
    "fetch_add",
    "fetch_and",
    "fetch_max",
    "fetch_min",
    "fetch_nand",
    "fetch_or",
    "fetch_sub",
    "fetch_update",
    "fetch_xor",
    "fill_bytes",
    "force",
    "gen_bool",
    "gen_range",
    "get_or_init",
    "get_or_try_init",
    "id",
    "is_completed",
    "is_finished",
    "is_locked",
    "is_poisoned",
    "join",
    "kill",
    "load",
    "local_addr",
    "lock",
    "next_u32",
    "next_u64",
    "notify_all",
    "notify_one",
    "notify_waiters",
    "output",
    "park_timeout",
    "peer_addr",
    "random",
    "random_bool",
    "random_iter",
    "random_range",
    "read",
    "read_exact",
    "read_line",
    "read_to_end",
    "read_to_string",
    "recv",
    "recv_from",
    "recv_timeout",
    "sample",
    "saturating_duration_since",
    "seek",
    "send",
    "send_replace",
    "send_timeout",
    "send_to",
    "set_len",
    "spawn",
    "spawn_blocking",
    "status",
    "store",
    "subscribe",
    "success",
    "swap",
    "sync_all",
    "sync_data",
    "tick",
    "try_acquire",
    "try_iter",
    "try_lock",
    "try_read",
    "try_recv",
    "try_send",
    "try_wait",
    "try_write",
    "unpark",
    "wait",
    "wait_while",
    "with",
    "with_borrow",
    "with_borrow_mut",
    "write",
    "write_all",
];

/// Methods whose results need no look: of the standard library's they give nothing that is denied
/// unless it was denied before.
const QUIET_METHODS: &[&str] = &[
    "abs",
    "abs_diff",
    "add",
    "all",
    "and_modify",
    "any",
    "append",
    "as_bytes",
    "as_deref",
    "as_deref_mut",
    "as_micros",
    "as_millis",
    "as_mut",
    "as_nanos",
    "as_ref",
    "as_secs",
    "as_secs_f64",
    "as_slice",
    "as_str",
    "bytes",
    "ceil",
    "chain",
    "char_indices",
    "chars",
    "checked_add",
    "checked_div",
    "checked_mul",
    "checked_sub",
    "chunks",
    "clear",
    "clone",
    "cloned",
    "cmp",
    "collect",
    "concat",
    "contains",
    "contains_key",
    "copied",
    "copy_from_slice",
    "count",
    "cycle",
    "dedup",
    "div_ceil",
    "ends_with",
    "entry",
    "enumerate",
    "eq",
    "expect",
    "extend",
    "extension",
    "fill",
    "filter",
    "filter_map",
    "find",
    "first",
    "first_mut",
    "flat_map",
    "floor",
    "fold",
    "ge",
    "get",
    "get_mut",
    "gt",
    "insert",
    "inspect",
    "into",
    "into_bytes",
    "into_owned",
    "into_string",
    "is_empty",
    "is_err",
    "is_none",
    "is_none_or",
    "is_ok",
    "is_ok_and",
    "is_some",
    "is_some_and",
    "join",
    "last",
    "last_mut",
    "le",
    "len",
    "lines",
    "lt",
    "map",
    "map_err",
    "max",
    "max_by",
    "max_by_key",
    "min",
    "min_by",
    "min_by_key",
    "ne",
    "next",
    "not",
    "ok",
    "ok_or",
    "ok_or_else",
    "or_default",
    "or_insert",
    "or_insert_with",
    "parse",
    "partial_cmp",
    "partition",
    "peekable",
    "pop",
    "pop_back",
    "pop_front",
    "position",
    "pow",
    "push",
    "push_back",
    "push_front",
    "push_str",
    "rem_euclid",
    "remove",
    "repeat",
    "replace",
    "reserve",
    "rev",
    "reverse",
    "rfind",
    "rotate_left",
    "rotate_right",
    "round",
    "rposition",
    "saturating_add",
    "saturating_mul",
    "saturating_sub",
    "scan",
    "skip",
    "skip_while",
    "sort",
    "sort_by",
    "sort_by_key",
    "sort_unstable",
    "sort_unstable_by",
    "sort_unstable_by_key",
    "split",
    "split_at",
    "split_off",
    "split_whitespace",
    "splitn",
    "starts_with",
    "step_by",
    "strip_prefix",
    "strip_suffix",
    "sum",
    "swap",
    "take_while",
    "to_bits",
    "to_lowercase",
    "to_owned",
    "to_string",
    "to_uppercase",
    "to_vec",
    "trim",
    "trim_end",
    "trim_matches",
    "trim_start",
    "truncate",
    "try_from",
    "try_into",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unzip",
    "windows",
    "wrapping_add",
    "wrapping_mul",
    "wrapping_sub",
    "zip",
];

/// Functions whose results need no look.
const QUIET_FUNCTIONS: &[&str] = &["abort", "drop", "exit", "forget", "from", "swap", "try_from"];

/// Functions whose result's type may follow from what comes after a closure.
const GENERIC_RESULTS: &[&str] =
    &["default", "from_iter", "from_str", "identity", "max", "min", "replace", "take", "transmute", "zeroed"];

/// Methods without arguments that convert, by the naming convention or by habit.
const CONVERSIONS: &[&str] = &["from_", "into_", "to_", "as_", "with_"];

/// What the arguments of a method of the context are asked, if it records them.
pub(super) fn is_recorded(method_of_context: &str) -> bool {
    matches!(
        method_of_context,
        "call" | "call_by_name" | "continue_as_new" | "send_event" | "set_custom_status" | "start_detached"
    )
}

/// What the receiver of a method is asked.
pub(super) fn receiver(method: &str) -> Option<Question> {
    if PATH_IO.contains(&method) {
        Some(Question::Path)
    } else if method == "elapsed" {
        Some(Question::Elapsed)
    } else if ITERATES_RECEIVER.contains(&method) {
        Some(Question::Iteration)
    } else if HANDLE_METHODS.contains(&method) {
        Some(Question::Handle)
    } else {
        None
    }
}

/// What the arguments of a method or function are asked.
pub(super) fn arguments(name: &str) -> Option<Question> {
    if ITERATES_ARGUMENTS.contains(&name) {
        Some(Question::Iteration)
    } else if WRITES_ARGUMENTS.contains(&name) {
        Some(Question::Contents)
    } else {
        None
    }
}

/// What the result of a method is asked.
pub(super) fn method_result(method: &str, has_arguments: bool) -> Option<Question> {
    if QUIET_METHODS.contains(&method) {
        None
    } else if has_arguments || CONVERSIONS.iter().any(|prefix| method.starts_with(prefix)) {
        Some(Question::From)
    } else {
        Some(Question::Value)
    }
}

/// What the result of a function is asked.
pub(super) fn function_result(function: &str, has_arguments: bool) -> Option<Question> {
    // `Some(..)`, `Point(..)`: what they hold was asked before.
    if QUIET_FUNCTIONS.contains(&function) || function.starts_with(char::is_uppercase) {
        None
    } else if has_arguments {
        Some(Question::From)
    } else {
        Some(Question::Value)
    }
}

/// Whether the type of the function's result may not be known at the end of a closure.
pub(super) fn has_generic_result(function: &str) -> bool {
    GENERIC_RESULTS.contains(&function)
}
