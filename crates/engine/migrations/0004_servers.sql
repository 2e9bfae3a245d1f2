-- Hosts that health checks watch. Credentials are not among the columns: nothing that looks after a server needs them.
CREATE TABLE server (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  -- A name of the owner that only the surface knows which registered the server.
  owner_alias TEXT,
  name TEXT NOT NULL,
  host TEXT NOT NULL,
  port BIGINT,
  url TEXT,
  status TEXT NOT NULL,
  connection_name TEXT,
  user_name TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX server_owner ON server (owner_id, id);
INSERT INTO sequence (name, next) VALUES ('server', 1);

-- What a surface must remember of how a job was said there, so that it can be read back as it was written.
-- alias: a name of the owner that only that surface knows.
CREATE TABLE job_note (
  job_id BIGINT NOT NULL,
  surface TEXT NOT NULL,
  alias TEXT,
  content TEXT NOT NULL,
  PRIMARY KEY (job_id, surface)
) {without_rowid};
CREATE INDEX job_note_alias ON job_note (surface, alias, job_id) WHERE alias IS NOT NULL;
