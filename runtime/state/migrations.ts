/** The schema, as steps that are only ever appended: step n brings version n to n + 1. Times are milliseconds since 1970. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE deployments (
    service TEXT PRIMARY KEY,
    live TEXT,                        -- a version, or null: the fallback answers
    previous TEXT,
    changed_at REAL NOT NULL
  ) STRICT;

  CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    service TEXT NOT NULL,
    candidate TEXT NOT NULL,
    control TEXT,                     -- live version at the start; null: the fallback
    plan TEXT NOT NULL,               -- the rollout as it was declared at the start (JSON)
    state TEXT NOT NULL,              -- pending, running, paused, completed, rolled-back, superseded
    stage INTEGER NOT NULL,           -- index into the plan's stages; -1 before the first
    held_ms REAL NOT NULL,            -- time the stage has been served, without pauses and outages
    seen_at REAL NOT NULL,            -- when held_ms was last brought up to date
    revision INTEGER NOT NULL,        -- one more with each transition: a decision on older facts is refused
    started_by TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL
  ) STRICT;
  CREATE UNIQUE INDEX one_active_rollout_per_service ON rollouts (service) WHERE ended_at IS NULL;

  -- Append-only but for how an intention ended.
  CREATE TABLE transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rollout TEXT NOT NULL REFERENCES rollouts (id),
    revision INTEGER NOT NULL,        -- the rollout's revision that it was decided on
    kind TEXT NOT NULL,
    stage INTEGER NOT NULL,           -- the stage that it leads to
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,           -- JSON
    by TEXT NOT NULL,
    at REAL NOT NULL,
    ended_at REAL,
    outcome TEXT                      -- null while only intended; done, abandoned
  ) STRICT;
  CREATE INDEX transitions_by_rollout ON transitions (rollout);
  CREATE UNIQUE INDEX one_intention_per_rollout ON transitions (rollout) WHERE outcome IS NULL;

  CREATE TABLE approvals (
    rollout TEXT NOT NULL REFERENCES rollouts (id),
    stage INTEGER NOT NULL,
    by TEXT NOT NULL,
    role TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (rollout, stage, role)
  ) STRICT;

  CREATE TABLE counters (
    rollout TEXT NOT NULL,
    stage INTEGER NOT NULL,
    arm TEXT NOT NULL,
    units INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    erring_units INTEGER NOT NULL DEFAULT 0,
    compared INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (rollout, stage, arm)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE latencies (
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (rollout, stage, arm, bucket)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE disagreements (
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL,
    tolerance REAL NOT NULL,          -- predictions that differ by more than it
    requests INTEGER NOT NULL,
    PRIMARY KEY (rollout, stage, arm, tolerance)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outcomes (
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL, label TEXT NOT NULL,
    units INTEGER NOT NULL, n REAL NOT NULL, y REAL NOT NULL, nn REAL NOT NULL, ny REAL NOT NULL, yy REAL NOT NULL,
    PRIMARY KEY (rollout, stage, arm, label)
  ) STRICT, WITHOUT ROWID;

  -- Which units an arm has seen, so that each counts once, after a restart too: appended, never updated, for a page per flush
  -- instead of one per unit. Emptied when the stage (outcomes: the rollout) ends.
  CREATE TABLE unit_log (
    id INTEGER PRIMARY KEY,
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL,
    kind TEXT NOT NULL,               -- seen, erred, outcome
    label TEXT NOT NULL,              -- of outcomes, else empty
    numbers BLOB NOT NULL             -- float64: unit hashes; for outcomes unit, n, y in turn
  ) STRICT;
  CREATE INDEX unit_log_by_stage ON unit_log (rollout, stage, arm);

  CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    model TEXT NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL,
    outcome TEXT,                     -- done, failed, cancelled; null while it runs
    summary TEXT NOT NULL             -- JSON
  ) STRICT;
  CREATE INDEX runs_by_time ON runs (started_at);
  `,
  `
  ALTER TABLE counters ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;     -- requests that the busy mirror left out
  ALTER TABLE rollouts ADD COLUMN exposed_ms REAL NOT NULL DEFAULT 0;      -- time the stage has been served, pauses included

  -- The last observation that the counters hold: those behind it are counted again from the evidence journal after a crash.
  CREATE TABLE counted (
    service TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Every change of what is live, with who and why; deployments says where it stands now.
  CREATE TABLE deployment_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    model TEXT NOT NULL,
    version TEXT,                     -- null: the fallback
    before TEXT,
    kind TEXT NOT NULL,               -- newest, rollout, abort, deploy, promote, rollback, rebuild
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL
  ) STRICT;
  CREATE INDEX deployment_log_by_service ON deployment_log (service);

  -- Which process serves, and what it answers with (JSON).
  CREATE TABLE leases (
    service TEXT PRIMARY KEY,
    holder TEXT NOT NULL
  ) STRICT;

  -- The compiled spec that each service was last served with: a blob of specs/.
  CREATE TABLE served_specs (
    service TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL,
    at REAL NOT NULL
  ) STRICT;
  `,
  `
  -- Outcomes of predictions whose label has matured, read from the log: what has none by then has none. Replaced, not added to.
  CREATE TABLE matured_outcomes (
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL, label TEXT NOT NULL,
    units INTEGER NOT NULL, n REAL NOT NULL, y REAL NOT NULL, nn REAL NOT NULL, ny REAL NOT NULL, yy REAL NOT NULL,
    PRIMARY KEY (rollout, stage, arm, label)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE counters ADD COLUMN predictions INTEGER NOT NULL DEFAULT 0;  -- rows that were answered, each of which may have an outcome
  UPDATE counters SET predictions = requests;
  `,
  `
  -- A service's time where it is ahead of the system's clock: compressed (serve --time-scale), or that was set back.
  CREATE TABLE clocks (
    service TEXT PRIMARY KEY,
    at REAL NOT NULL, wall REAL NOT NULL, scale REAL NOT NULL,
    until REAL NOT NULL               -- no process has called a later time its own
  ) STRICT;
  `,
  `
  ALTER TABLE counters ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;    -- requests that were late because of the server, counted in no arm

  -- Units by the latency of the first request that stood for them: each is one draw of an arm.
  CREATE TABLE first_latencies (
    rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    units INTEGER NOT NULL,
    PRIMARY KEY (rollout, stage, arm, bucket)
  ) STRICT, WITHOUT ROWID;
  `,
];
