-- A task hub in one SQLite file. Everything here begins with `durable_`, but for the view
-- `history_events`: an application may keep tables of its own in the same file.

-- Numbers that the store itself keeps.
-- next_key: the first instance key that no process has reserved yet. Processes reserve blocks,
-- so a key is never given twice, also after its instance has gone.
CREATE TABLE durable_meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO durable_meta (name, value) VALUES ('next_key', 1);

-- One row per worker; AUTOINCREMENT because an id is never used again.
CREATE TABLE durable_workers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch      INTEGER NOT NULL,  -- fencing token; raised by the worker that takes over
    name       TEXT    NOT NULL,  -- for humans
    offers     TEXT    NOT NULL,  -- JSON: [{"name":…,"version":…}], the orchestrators it can run
    lease_us   INTEGER NOT NULL,  -- how long the lease runs without renewal
    expires_at INTEGER NOT NULL,  -- when it runs out, in Unix microseconds
    fenced     INTEGER NOT NULL DEFAULT 0,  -- 1: found dead; goes when it owns nothing any more
    lock_file  INTEGER NOT NULL,  -- 1: it holds <file>-worker-<id>.lock while it lives
    reloads    INTEGER NOT NULL DEFAULT 0   -- raised by each read-back, so that it is a write
) STRICT;

-- One row per instance. A turn in the middle of an orchestration does not touch it.
-- wake_at is set only while the instance has no owner and may run: the index `ready` holds
-- exactly what a claim may take.
CREATE TABLE durable_instances (
    key           INTEGER PRIMARY KEY,
    id            TEXT    NOT NULL UNIQUE,
    execution     INTEGER NOT NULL,
    name          TEXT    NOT NULL,  -- orchestrator
    version       TEXT    NOT NULL,
    status        TEXT    NOT NULL,  -- Pending, Running, Suspended, Parked, Completed, Failed, Terminated
    parked_reason TEXT,
    custom_status ANY,               -- what the orchestrator set last: JSON, or a BLOB if it is sealed
    created_at    INTEGER NOT NULL,  -- the instance's start, in Unix microseconds
    updated_at    INTEGER NOT NULL,
    owner         INTEGER,           -- durable_workers.id; NULL while it sleeps
    wake_at       INTEGER,           -- when any worker may claim it
    crashes       INTEGER NOT NULL,  -- its workers that died in a row without a commit of it
    mark          TEXT,              -- what is tried alone because of that; the engine's own text
    tags          TEXT               -- JSON object of texts; NULL: none
) STRICT;
CREATE INDEX durable_ready  ON durable_instances (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX durable_owned  ON durable_instances (owner) WHERE owner IS NOT NULL;
-- What queries walk along. Each index costs at every start and at every change of status, so there
-- are two: what asks for a status and no name walks every name, and there are few names.
CREATE INDEX durable_by_kind    ON durable_instances (name, version, status, created_at);
CREATE INDEX durable_by_updated ON durable_instances (status, updated_at);

-- One row per tag, to find instances by; `durable_instances.tags` says which ones there are.
CREATE TABLE durable_tags (
    name       TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,  -- that of the instance
    instance   INTEGER NOT NULL,  -- durable_instances.key
    PRIMARY KEY (name, value, created_at, instance)
) STRICT, WITHOUT ROWID;

-- Requests of clients that were carried out, until they are forgotten.
CREATE TABLE durable_requests (
    id          TEXT    PRIMARY KEY,
    operation   TEXT    NOT NULL,
    instance_id TEXT    NOT NULL,
    key         INTEGER NOT NULL,
    execution   INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX durable_requests_by_time ON durable_requests (at);

-- One row per turn, appended in the order of commit. A primary key by (instance, seq) would
-- dirty a page per instance and commit, and halves the throughput.
CREATE TABLE durable_turns (
    id        INTEGER PRIMARY KEY,
    instance  INTEGER NOT NULL,  -- durable_instances.key
    execution INTEGER NOT NULL,
    seq       INTEGER NOT NULL,  -- number of its first event
    count     INTEGER NOT NULL,  -- how many events it holds
    codec     INTEGER NOT NULL,  -- format of `events`; + 256: lz4; + 65536 * n: payload codec n
    events    ANY     NOT NULL   -- JSON array of events; a BLOB if it is sealed
) STRICT;
CREATE UNIQUE INDEX durable_turns_by_seq ON durable_turns (instance, execution, seq);

-- Messages that no turn has consumed. AUTOINCREMENT because workers ask for "later than id n",
-- so a number may not come again after the newest row was deleted.
CREATE TABLE durable_inbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    instance  INTEGER NOT NULL,  -- durable_instances.key
    execution INTEGER,          -- the only execution that may get it; NULL: any
    codec     INTEGER NOT NULL,  -- format of `message`, as in `durable_turns`
    message   ANY     NOT NULL   -- JSON of one event; a BLOB if it is sealed
) STRICT;
CREATE INDEX durable_inbox_by_instance ON durable_inbox (instance);

-- One row per event, whatever the packing. For people and for tools; the engine does not use it.
--   instance     the instance's id
--   execution    0 for the first, one more for each restart or continue-as-new
--   sequence     number of the event in its execution: 0, 1, 2 … without a gap
--   type         TaskScheduled, TimerFired …; one row per turn: Compressed for a large one, Encoded
--                for one that went through a payload codec, Unreadable for one that is not JSON
--   timestamp    time of the event's turn, RFC 3339 in UTC
--   at_us        the same in Unix microseconds
--   task         number of the durable operation that the event is about
--   name         of the orchestrator, activity, external event or patch
--   input        JSON: of a call, an event, a custom status
--   result       JSON of a result or of a recorded value; the message of a failure; the reason
--                of a request
--   status       started, scheduled, completed, failed, fired, canceled, raised, waiting, sent, set,
--                recorded, applied, continued, requested, terminated, suspended, resumed
CREATE VIEW history_events AS
SELECT
    instance,
    execution,
    sequence,
    type,
    strftime('%Y-%m-%dT%H:%M:%S', at_us / 1000000, 'unixepoch') || printf('.%06dZ', at_us % 1000000) AS timestamp,
    at_us,
    fields ->> '$.id' AS task,
    coalesce(fields ->> '$.name', fields ->> '$.patch') AS name,
    coalesce(fields -> '$.input', fields -> '$.payload', fields -> '$.status') AS input,
    coalesce(fields -> '$.result', fields -> '$.output', fields -> '$.value', fields ->> '$.failure.message',
        fields ->> '$.reason') AS result,
    CASE type
        WHEN 'TurnStarted' THEN 'started'
        WHEN 'ExecutionStarted' THEN 'started'
        WHEN 'TaskScheduled' THEN 'scheduled'
        WHEN 'TaskCompleted' THEN 'completed'
        WHEN 'TaskFailed' THEN 'failed'
        WHEN 'TaskCanceled' THEN 'canceled'
        WHEN 'TimerCreated' THEN 'scheduled'
        WHEN 'TimerFired' THEN 'fired'
        WHEN 'TimerCanceled' THEN 'canceled'
        WHEN 'EventRaised' THEN 'raised'
        WHEN 'EventAwaited' THEN 'waiting'
        WHEN 'EventAwaitCanceled' THEN 'canceled'
        WHEN 'EventSent' THEN 'sent'
        WHEN 'SubOrchestrationCreated' THEN 'scheduled'
        WHEN 'SubOrchestrationCompleted' THEN 'completed'
        WHEN 'SubOrchestrationFailed' THEN 'failed'
        WHEN 'SubOrchestrationCanceled' THEN 'canceled'
        WHEN 'CustomStatusSet' THEN 'set'
        WHEN 'SideEffectRecorded' THEN 'recorded'
        WHEN 'PatchApplied' THEN 'applied'
        WHEN 'TerminateRequested' THEN 'requested'
        WHEN 'Suspended' THEN 'suspended'
        WHEN 'Resumed' THEN 'resumed'
        WHEN 'ContinuedAsNew' THEN 'continued'
        WHEN 'ExecutionTerminated' THEN 'terminated'
        WHEN 'ExecutionCompleted' THEN 'completed'
        WHEN 'ExecutionFailed' THEN 'failed'
    END AS status
FROM (
    -- An event is {"Type":{fields}}; one without fields may be "Type".
    SELECT
        i.id AS instance,
        t.execution,
        t.seq + coalesce(e.key, 0) AS sequence,
        v.key AS type,
        t.at_us,
        CASE v.type WHEN 'object' THEN v.value ELSE '{}' END AS fields
    FROM (
        -- SQLite's JSON reads 1,000 levels, a payload may have more: such a turn shows as one row.
        SELECT instance, execution, seq,
            CASE
                WHEN codec >= 65536 THEN '[{"Encoded":{}}]'
                WHEN codec >= 256 THEN '[{"Compressed":{}}]'
                WHEN json_valid(events) THEN events
                ELSE '[{"Unreadable":{}}]'
            END AS events,
            CASE WHEN codec < 256 AND json_valid(events) THEN events ->> '$[0].TurnStarted.at' END AS at_us
        FROM durable_turns
    ) AS t
    JOIN durable_instances AS i ON i.key = t.instance
    JOIN json_each(t.events) AS e
    JOIN json_each(CASE e.type WHEN 'object' THEN e.value ELSE json_object('' || coalesce(e.value, 'null'), 0) END) AS v
);
