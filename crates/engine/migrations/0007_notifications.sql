-- Who is told about what: channels, rules, what happened and was not looked at yet, and what was or is to be sent.

-- settings, template: JSON; no value of a secret is in them, only references.
CREATE TABLE notification_channel (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  language TEXT NOT NULL,
  template TEXT,
  is_enabled BOOLEAN NOT NULL,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notification_channel_name ON notification_channel (owner_id, name);

-- filter, policy: JSON. A rule is for its owner's jobs, or (is_global) for everybody's.
CREATE TABLE notification_rule (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  is_global BOOLEAN NOT NULL,
  is_enabled BOOLEAN NOT NULL,
  filter TEXT NOT NULL,
  policy TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX notification_rule_name ON notification_rule (owner_id, name);

-- Jobs whose settings have rules of their own, and the shortest times these name.
CREATE TABLE notification_job (
  job_id {id} PRIMARY KEY,
  late_seconds BIGINT,
  running_seconds BIGINT
);

-- What happened, written in the transaction in which it happened, and removed in the one that decides what follows.
-- execution_id: 0 for instants that became no execution; then from_at tells which.
CREATE TABLE notification_event (
  at BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  execution_id BIGINT NOT NULL,
  from_at BIGINT NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (at, job_id, execution_id, from_at)
) {without_rowid};

-- What a rule remembers of a job. rule: `r` and the number of a rule, or `j` and the place among the job's own.
CREATE TABLE notification_state (
  rule TEXT NOT NULL,
  job_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  wake_at BIGINT,
  PRIMARY KEY (rule, job_id)
) {without_rowid};
CREATE INDEX notification_state_wake ON notification_state (wake_at) WHERE wake_at IS NOT NULL;

-- state: 1 pending, 2 being sent, 3 sent, 4 failed, 5 held for quiet hours, 6 told in a summary.
CREATE TABLE notification_delivery (
  id {id} PRIMARY KEY,
  uuid TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  rule TEXT NOT NULL,
  rule_name TEXT NOT NULL,
  channel_id BIGINT NOT NULL,
  channel_name TEXT NOT NULL,
  recipients TEXT,
  job_id BIGINT,
  execution TEXT,
  event TEXT NOT NULL,
  state BIGINT NOT NULL,
  payload TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  tries TEXT NOT NULL,
  next_at BIGINT NOT NULL,
  error TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  summary_id BIGINT
);
CREATE INDEX notification_delivery_due ON notification_delivery (state, next_at) WHERE state IN (1, 2, 5);
CREATE INDEX notification_delivery_owner ON notification_delivery (owner_id, id);

INSERT INTO sequence (name, next) VALUES ('notification_channel', 1), ('notification_rule', 1), ('notification_delivery', 1), ('notification', 1);
