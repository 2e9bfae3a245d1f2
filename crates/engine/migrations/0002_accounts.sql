-- People, how they sign in, and what they did. Secrets are stored as hashes only.

INSERT INTO sequence (name, next) VALUES ('user', 1), ('session', 1), ('token', 1);

-- Users are disabled, never deleted: history and the audit trail keep pointing at them.
CREATE TABLE app_user (
  id {id} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  display_name TEXT,
  email TEXT,
  role TEXT NOT NULL,
  grants TEXT NOT NULL,
  is_disabled BOOLEAN NOT NULL,
  preferences TEXT NOT NULL,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT,
  search TEXT NOT NULL
);

-- expires_at slides with use, ends_at does not move.
CREATE TABLE session (
  id {id} PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES app_user (id),
  secret_hash TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  address TEXT,
  user_agent TEXT
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Revoked tokens stay, so that the trail can still name them.
CREATE TABLE token (
  id {id} PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES app_user (id),
  label TEXT NOT NULL,
  scope TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX token_by_user ON token (user_id, id);

-- Append-only. hash covers the row and the hash of the row before it.
CREATE TABLE audit_event (
  id {id} PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_id BIGINT NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL,
  action TEXT NOT NULL,
  entity TEXT NOT NULL,
  entity_id BIGINT,
  entity_name TEXT,
  owner_id BIGINT,
  details TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_event_actor ON audit_event (actor_id, id);
CREATE INDEX audit_event_owner ON audit_event (owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX audit_event_entity ON audit_event (entity, entity_id, id);
CREATE INDEX audit_event_action ON audit_event (action, id);
CREATE INDEX audit_event_at ON audit_event (at);

-- The last link of the chain. Whoever appends holds this row.
CREATE TABLE audit_head (
  id {id} PRIMARY KEY,
  last_id BIGINT NOT NULL,
  last_hash TEXT NOT NULL
);
INSERT INTO audit_head (id, last_id, last_hash) VALUES (1, 0, '');

-- One-time secrets that allow making the first administrator. Empty as soon as there is one.
CREATE TABLE setup (
  secret_hash TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
