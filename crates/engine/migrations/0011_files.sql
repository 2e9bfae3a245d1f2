-- Files for devices, the software catalogue's own entries, and groups of devices.

-- state: 1 receiving, 2 ready. size: what was announced; received: bytes that are there. A file is never changed once it is ready.
CREATE TABLE file (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  received BIGINT NOT NULL,
  state BIGINT NOT NULL,
  expected_sha256 TEXT,
  sha256 TEXT,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX file_owner ON file (owner_id, name);
CREATE INDEX file_unfinished ON file (updated_at) WHERE state = 1;

-- The content, where every instance reaches it. start: offset of the first byte of the chunk.
CREATE TABLE file_chunk (
  file_id BIGINT NOT NULL,
  start BIGINT NOT NULL,
  content {bytes} NOT NULL,
  PRIMARY KEY (file_id, start)
);

-- definition: JSON (commands per system, packages, dependencies).
CREATE TABLE software (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  version TEXT,
  description TEXT,
  category TEXT,
  publisher TEXT,
  definition TEXT NOT NULL,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX software_name ON software (owner_id, name);

-- rule: JSON; null for a group by list.
CREATE TABLE device_group (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  color TEXT,
  rule TEXT,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_group_name ON device_group (owner_id, name);

CREATE TABLE device_group_member (
  group_id BIGINT NOT NULL,
  device_id BIGINT NOT NULL,
  PRIMARY KEY (group_id, device_id)
) {without_rowid};
CREATE INDEX device_group_of ON device_group_member (device_id);

-- Numbers below 1000 belong to the software that comes with the program.
INSERT INTO sequence (name, next) VALUES ('file', 1), ('software', 1000), ('device_group', 1);
