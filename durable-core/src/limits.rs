//! Every limit of the engine, by name, with its reason.

use std::time::Duration;

/// Longest instance id, in characters: what Durable Functions allows, and short enough to index.
pub const INSTANCE_ID_CHARS_MAX: usize = 256;

/// Longest request id, in characters: as an instance id.
pub const REQUEST_ID_CHARS_MAX: usize = 256;

/// How long a request id is remembered: retries of a client, and those of a queue in front of it,
/// come within days.
pub const REQUEST_RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);

/// Most tags of an instance: each is a row of an index.
pub const TAGS_MAX: usize = 32;

/// Longest name of a tag, in characters.
pub const TAG_NAME_CHARS_MAX: usize = 64;

/// Longest value of a tag, in characters.
pub const TAG_VALUE_CHARS_MAX: usize = 256;

/// Longest durable name (orchestrator, activity), in characters: it stands in every history.
pub const NAME_CHARS_MAX: usize = 256;

/// Largest input, output or error of one operation, in bytes of JSON. A history is read as a
/// whole at recovery, so one payload may not be as large as a file: pass a reference instead.
pub const PAYLOAD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest text of a failure (a message, a cause, the text of a panic), in bytes; the rest is cut.
/// It is for humans, and stands in the history and in every report.
pub const FAILURE_TEXT_BYTES_MAX: usize = 8 * 1024;

/// Most causes that are recorded of one failure.
pub const FAILURE_CAUSES_MAX: usize = 32;

/// Sessions (live futures) that a worker keeps in memory unless told otherwise.
pub const SESSIONS_MAX_DEFAULT: usize = 20_000;

/// Activities that a worker runs at once unless told otherwise: they are async, so this is a
/// bound on memory and on pressure on what they call, not on threads.
pub const ACTIVITIES_MAX_DEFAULT: usize = 256;

/// Commits in one batch. A batch is one transaction; past this size a larger one gains nothing
/// and makes the first waiter wait.
pub const BATCH_COMMITS_MAX: usize = 4_096;

/// Instances that a worker claims in one go: enough to keep it busy, few enough that an equal
/// worker beside it gets its share.
pub const CLAIM_INSTANCES_MAX: usize = 256;

/// With other workers on the same store, a worker claims so many at a time, and more only when it has
/// fewer than so many in memory or has left the others time to come: so each gets its share.
pub const CLAIM_SHARED: usize = 64;

/// If there is still more when the others have had their time, a worker claims twice as many, up to
/// this.
pub const CLAIM_SHARED_MAX: usize = 1_024;

/// An instance whose next timer is further away than this sleeps: it leaves memory and has no
/// owner until its time comes.
pub const TIMER_HORIZON: Duration = Duration::from_secs(5);

/// An instance that waits only for events or distant timers leaves memory at once if it has made
/// at most so many turns; a longer one, which is dear to bring back, stays while there is room.
pub const SLEEP_AT_ONCE_TURNS_MAX: u64 = 64;

/// How long a worker's lease runs without a heartbeat. Only the fall-back: on one machine the
/// lock file tells at once.
pub const LEASE_DURATION: Duration = Duration::from_secs(30);

/// How often the lease is renewed: three chances before it runs out.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);

/// How often a worker asks whether another process wrote to the store; two and a half times as long
/// when nobody has for a second.
pub const POLL_INTERVAL: Duration = Duration::from_millis(40);

/// The safety net: how often a worker looks for work though nothing told it to, and whether the
/// other workers still live.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long a graceful shutdown waits for running activities unless told otherwise.
pub const SHUTDOWN_GRACE_DEFAULT: Duration = Duration::from_secs(10);

/// Double run: every turn is checked up to this many, then at powers of two and at the last.
pub const DOUBLE_RUN_EVERY_TURN_UP_TO: u64 = 200;

/// How long a worker waits before it tries a store again that failed, at first and at most.
pub const STORE_RETRY_FIRST: Duration = Duration::from_millis(20);
/// See [`STORE_RETRY_FIRST`].
pub const STORE_RETRY_MAX: Duration = Duration::from_secs(2);

/// Most instances in one page of a query: a page is held in memory.
pub const QUERY_PAGE_MAX: usize = 1_000;

/// Instances in one batch of a purge: each batch is one transaction, and turns of running instances
/// are committed between two of them.
pub const PURGE_BATCH: usize = 250;

/// Longest custom status, in bytes of JSON: it stands in the instance's row, which queries read.
pub const CUSTOM_STATUS_BYTES_MAX: usize = 64 * 1024;

/// Most events in the history of one execution: reading it back takes time and memory in
/// proportion. `continue_as_new` begins a new one.
pub const HISTORY_EVENTS_MAX: u64 = 1_000_000;

/// A body in the store (the events of a turn, a message) is compressed from this size on, in bytes.
pub const COMPRESS_FROM_BYTES: usize = 8 * 1024;

/// After so many crashes of its worker without progress an instance is suspect: it is tried alone.
pub const SUSPECT_AFTER_CRASHES: u32 = 2;

/// A suspect that kills its worker so many times, each time alone, is poison: it is parked.
pub const POISON_ATTEMPTS_MAX: u32 = 3;

/// A suspect that has been tried for so long without a crash makes room for the next one.
pub const TRIAL_TIME_MAX: Duration = Duration::from_secs(10);

/// A turn that takes longer than this is reported: an orchestrator only decides, it does not work.
pub const TURN_TIME_WARN: Duration = Duration::from_secs(2);

/// How often finished instances that are old enough are purged, if the worker is told to.
pub const AUTO_PURGE_INTERVAL: Duration = Duration::from_secs(60);
