-- Devices, how they enrol and prove who they are, and what they were told to do.

-- facts: JSON object that the agent reports. session: number of the last connection; a frame of an earlier one changes nothing.
-- link_hash, link_next: hashes of the links that the agent must show when it comes back (see model/device.rs).
CREATE TABLE device (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  is_shared_with_all BOOLEAN NOT NULL,
  facts TEXT NOT NULL,
  agent_version TEXT,
  address TEXT,
  session BIGINT NOT NULL,
  instance_id BIGINT,
  link_hash TEXT,
  link_next TEXT,
  connected_at BIGINT,
  seen_at BIGINT,
  facts_at BIGINT,
  maintenance_at BIGINT,
  maintenance_until BIGINT,
  maintenance_reason TEXT,
  suspended_at BIGINT,
  suspend_reason TEXT,
  revoked_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX device_owner ON device (owner_id, name);

CREATE TABLE device_tag (
  device_id BIGINT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (device_id, tag)
) {without_rowid};
CREATE INDEX device_tag_by_tag ON device_tag (tag, device_id);

-- The public key is the device's identity. A key that was ever known never means another device.
CREATE TABLE device_key (
  public_key TEXT PRIMARY KEY,
  device_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
) {without_rowid};
CREATE INDEX device_key_of ON device_key (device_id);

-- The key pair by which agents know this installation. The private key is sealed under the installation's key. One row at most.
CREATE TABLE fleet_key (
  id {id} PRIMARY KEY,
  public_key TEXT NOT NULL,
  key_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- A token enrols one device, once. Only its hash is kept.
CREATE TABLE enrollment_token (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  created_by BIGINT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  device_name TEXT,
  tags TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  device_id BIGINT
);

-- What one device does for one execution. number: the execution's attempt that asked, so that (execution, device, number) is settled
-- once; a retry asks the failed devices again under its own number. fence: given when the order is queued, so that it grows with every
-- order that a device gets; what the agent goes by.
-- state: 1 planned (its batch has not begun), 2 queued, 3 sent, 4 accepted, 5 started, 6 ended.
-- steps: JSON, as the agent gets them. wait_us: how long it may wait for the device once it is queued. expires_at: not begun later than
-- that. limit_us: time the steps may take in all.
-- give_up_at: when nothing has been heard by then, it ends as lost. logged: last output that is in the execution's log.
CREATE TABLE device_order (
  id {id} PRIMARY KEY,
  execution_id BIGINT NOT NULL,
  device_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  fence BIGINT UNIQUE,
  owner_id BIGINT NOT NULL,
  batch BIGINT NOT NULL,
  state BIGINT NOT NULL,
  steps TEXT NOT NULL,
  stop_on_failure BOOLEAN NOT NULL,
  waits_offline BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  queued_at BIGINT,
  sent_at BIGINT,
  sent_session BIGINT,
  wait_us BIGINT NOT NULL,
  expires_at BIGINT,
  limit_us BIGINT NOT NULL,
  give_up_at BIGINT,
  started_at BIGINT,
  ended_at BIGINT,
  step BIGINT,
  progress BIGINT,
  note TEXT,
  cancel_reason TEXT,
  outcome TEXT,
  reason TEXT,
  exit_code BIGINT,
  result TEXT,
  output_bytes BIGINT NOT NULL,
  output_seq BIGINT NOT NULL,
  logged BIGINT NOT NULL,
  UNIQUE (execution_id, device_id, number)
);
-- What is to be told to devices, and what they have been told and not ended.
CREATE INDEX device_order_open ON device_order (device_id, id) WHERE state < 6;
CREATE INDEX device_order_history ON device_order (device_id, id);

-- What a device wrote for an order: pieces of text in order.
CREATE TABLE device_output (
  order_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  step BIGINT NOT NULL,
  stream TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (order_id, seq)
) {without_rowid};

INSERT INTO sequence (name, next) VALUES ('device', 1), ('enrollment_token', 1), ('device_order', 1), ('device_fence', 1);
