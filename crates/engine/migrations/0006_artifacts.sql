-- Files that runs made, kept with their executions. The content lies in pieces beside them, so that every instance can
-- answer it, a copy of the database has it, and no file needs to be kept in step with a row.

-- state: 1 being written, 2 kept, 3 removed (its content goes piece by piece). written_at: when the last piece came; a
-- file that is still being written long after belongs to a run that died.
CREATE TABLE artifact (
  id {id} PRIMARY KEY,
  execution_id BIGINT NOT NULL,
  owner_id BIGINT NOT NULL,
  state BIGINT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX artifact_execution ON artifact (execution_id);
CREATE INDEX artifact_owner ON artifact (owner_id, state);

-- Pieces, counted from 0; all of the same size but the last.
CREATE TABLE artifact_chunk (
  artifact_id BIGINT NOT NULL,
  number BIGINT NOT NULL,
  content {bytes} NOT NULL,
  PRIMARY KEY (artifact_id, number)
);

INSERT INTO sequence (name, next) VALUES ('artifact', 1);
