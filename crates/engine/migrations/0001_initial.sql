-- Instants are microseconds since the Unix epoch. Words and JSON are TEXT. No database default computes anything.

-- Blocks of numbers are taken from here, so that numbers stay small and no insert waits for another.
CREATE TABLE sequence (
  name TEXT PRIMARY KEY,
  next BIGINT NOT NULL
);
INSERT INTO sequence (name, next) VALUES ('execution', 1), ('job', 1), ('instance', 1), ('task_function', 1);

CREATE TABLE instance (
  id {id} PRIMARY KEY,
  uuid TEXT NOT NULL,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  pid BIGINT NOT NULL,
  mode TEXT NOT NULL,
  status TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  stopped_at BIGINT
);

-- A slice of the jobs. The owner's fire transaction updates the watermark: fence and progress in one write.
CREATE TABLE shard (
  id {id} PRIMARY KEY,
  owner BIGINT,
  epoch BIGINT NOT NULL,
  version BIGINT NOT NULL,
  watermark BIGINT NOT NULL
);

CREATE TABLE task_function (
  id {id} PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
);

CREATE TABLE job (
  id {id} PRIMARY KEY,
  shard BIGINT NOT NULL,
  shard_version BIGINT NOT NULL,
  version BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  task_function TEXT NOT NULL,
  name_en TEXT,
  name_ar TEXT,
  description_en TEXT,
  description_ar TEXT,
  schedule TEXT NOT NULL,
  kind BIGINT NOT NULL,
  parameters TEXT NOT NULL,
  settings TEXT NOT NULL,
  priority BIGINT NOT NULL,
  is_enabled BOOLEAN NOT NULL,
  is_deleted BOOLEAN NOT NULL,
  is_primary BOOLEAN NOT NULL,
  paused_at BIGINT,
  paused_until BIGINT,
  pause_reason TEXT,
  effective_from BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by BIGINT,
  updated_at BIGINT,
  updated_by BIGINT,
  -- The job's own rules for its history; null leaves it to the installation.
  retention_days BIGINT,
  retention_count BIGINT,
  search TEXT NOT NULL
);
CREATE INDEX job_retention ON job (id) WHERE retention_days IS NOT NULL OR retention_count IS NOT NULL;
-- What was edited since the owner of a shard last looked.
CREATE INDEX job_edited ON job (shard, shard_version);
CREATE INDEX job_list ON job (priority DESC, created_at DESC, id DESC) WHERE NOT is_deleted;
CREATE INDEX job_owner ON job (owner_id, priority DESC, created_at DESC, id DESC) WHERE NOT is_deleted;

-- Earlier versions of a job, as drafts.
CREATE TABLE job_version (
  job_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  by_id BIGINT,
  by_name TEXT NOT NULL,
  draft TEXT NOT NULL,
  PRIMARY KEY (job_id, version)
) {without_rowid};

CREATE TABLE job_tag (
  job_id BIGINT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (job_id, tag)
) {without_rowid};
CREATE INDEX job_tag_by_tag ON job_tag (tag, job_id);

-- When a job may be due next: an index hint, written lazily, never later than the truth.
CREATE TABLE job_hint (
  job_id {id} PRIMARY KEY,
  shard BIGINT NOT NULL,
  next_at BIGINT NOT NULL
);
CREATE INDEX job_hint_due ON job_hint (shard, next_at);

-- The ledger of what the schedules fired: at most one row per (job, due instant), for ever.
-- Time comes first in the key, so that inserts go to the right edge of the index.
CREATE TABLE fire (
  due_at BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  execution_id BIGINT NOT NULL,
  PRIMARY KEY (due_at, job_id)
) {without_rowid};

-- Due instants that became no run: missed, skipped, coalesced. A range is one row.
CREATE TABLE skip (
  job_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  disposition BIGINT NOT NULL,
  count BIGINT NOT NULL,
  reason TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (job_id, from_at, disposition)
) {without_rowid};
CREATE INDEX skip_by_time ON skip (from_at);

-- Executions that have not ended. Small: a row comes with the fire and goes with the end.
-- state: 1 armed (leased, may start from memory at due_at), 2 pending (waits for visible_at or a slot),
--        3 parked (its job is at its limit), 4 running.
CREATE TABLE live (
  id {id} PRIMARY KEY,
  created_at BIGINT NOT NULL,
  shard BIGINT NOT NULL,
  state BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  job_version BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  task_function TEXT NOT NULL,
  priority BIGINT NOT NULL,
  delivery BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  visible_at BIGINT NOT NULL,
  trigger BIGINT NOT NULL,
  triggered_by BIGINT,
  parameters TEXT,
  attempt BIGINT NOT NULL,
  instance_id BIGINT,
  first_started_at BIGINT,
  started_at BIGINT,
  cancel_reason TEXT,
  reason TEXT
);
CREATE INDEX live_job ON live (job_id, state);
CREATE INDEX live_instance ON live (instance_id) WHERE instance_id IS NOT NULL;
CREATE INDEX live_pending ON live (priority DESC, visible_at, id) WHERE state = 2;
CREATE INDEX live_visible ON live (visible_at) WHERE state = 2;
CREATE INDEX live_owner ON live (owner_id, due_at DESC, id DESC);

-- Executions that have ended. Append-only.
CREATE TABLE execution (
  id {id} PRIMARY KEY,
  created_at BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  job_version BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  task_function TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  trigger BIGINT NOT NULL,
  triggered_by BIGINT,
  parameters TEXT,
  status BIGINT NOT NULL,
  reason TEXT,
  attempt BIGINT NOT NULL,
  instance_id BIGINT,
  started_at BIGINT,
  finished_at BIGINT NOT NULL,
  summary TEXT,
  error_message TEXT,
  cause TEXT,
  records_processed BIGINT,
  records_affected BIGINT,
  outcome TEXT,
  log_lines BIGINT NOT NULL,
  log_truncated BOOLEAN NOT NULL
);
CREATE INDEX execution_due ON execution (due_at DESC, id DESC);
CREATE INDEX execution_job ON execution (job_id, due_at DESC, id DESC);
CREATE INDEX execution_owner ON execution (owner_id, due_at DESC, id DESC);
CREATE INDEX execution_not_success ON execution (status, due_at DESC, id DESC) WHERE status <> 3;
CREATE INDEX execution_finished ON execution (finished_at);

-- Attempts of an execution before its last one.
CREATE TABLE attempt (
  execution_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  instance_id BIGINT,
  error_message TEXT,
  cause TEXT,
  PRIMARY KEY (execution_id, number)
) {without_rowid};

-- Log lines in chunks. `lines` is a JSON array of [at, level, text]; first_line counts from 1.
CREATE TABLE log_chunk (
  execution_id BIGINT NOT NULL,
  first_line BIGINT NOT NULL,
  line_count BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (execution_id, first_line)
) {without_rowid};

-- The same key answers the same execution.
CREATE TABLE idempotency (
  owner_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  execution_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (owner_id, key)
) {without_rowid};
CREATE INDEX idempotency_age ON idempotency (created_at);
