-- Filters of a list that somebody keeps under a name.
CREATE TABLE saved_view (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  -- The list it belongs to: `jobs`, `history`.
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The query part of the list's address.
  query TEXT NOT NULL,
  is_shared BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (owner_id, page, name)
);
CREATE INDEX saved_view_shared ON saved_view (page, name) WHERE is_shared;
INSERT INTO sequence (name, next) VALUES ('saved_view', 1);

-- Jobs made only to try out a task function once. They are deleted from the beginning, so no list has them and nothing
-- fires them; when the history of the one run is removed, so is the job.
CREATE TABLE trial (
  job_id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX trial_owner ON trial (owner_id, job_id);
