-- Secrets and named connections. Sealed values open only with a key that is not in this database.

-- By which key sealed values are sealed, and a value that only this key opens. One row at most.
CREATE TABLE secret_key (
  id {id} PRIMARY KEY,
  key_id TEXT NOT NULL,
  check_value TEXT NOT NULL,
  since BIGINT NOT NULL
);

CREATE TABLE secret (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  key_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX secret_name ON secret (owner_id, name);

-- settings: without the fields that are sealed. allowed_tables: JSON list; `*` allows all, an empty list none.
CREATE TABLE connection (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  is_read_only BOOLEAN NOT NULL,
  allowed_tables TEXT NOT NULL,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (owner_id, name);

CREATE TABLE connection_field (
  connection_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  key_id TEXT NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (connection_id, name)
) {without_rowid};

-- With whom a thing is shared. entity: `secret` or `connection`.
CREATE TABLE share (
  entity TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  PRIMARY KEY (entity, entity_id, user_id)
) {without_rowid};
CREATE INDEX share_user ON share (user_id, entity, entity_id);

INSERT INTO sequence (name, next) VALUES ('secret', 1), ('connection', 1);
