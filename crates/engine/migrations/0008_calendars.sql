-- Calendars, and which jobs are subject to which.

-- spec: JSON with zone, weekend and entries.
CREATE TABLE calendar (
  id {id} PRIMARY KEY,
  owner_id BIGINT NOT NULL,
  name_en TEXT NOT NULL,
  name_ar TEXT,
  description TEXT,
  spec TEXT NOT NULL,
  version BIGINT NOT NULL,
  is_shared_with_all BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX calendar_name ON calendar (owner_id, name_en);

CREATE TABLE job_calendar (
  job_id BIGINT NOT NULL,
  calendar_id BIGINT NOT NULL,
  PRIMARY KEY (job_id, calendar_id)
) {without_rowid};
CREATE INDEX job_calendar_use ON job_calendar (calendar_id, job_id);

-- What stands behind the reason of instants that did not run: the calendar and its entry.
ALTER TABLE skip ADD COLUMN detail TEXT;

INSERT INTO sequence (name, next) VALUES ('calendar', 1);
