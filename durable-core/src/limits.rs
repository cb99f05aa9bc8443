//! Every limit of the engine, by name, with its reason.

use std::time::Duration;

/// Longest instance id, in characters: what Durable Functions allows, and short enough to index.
pub const INSTANCE_ID_CHARS_MAX: usize = 256;

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
