-- Counts kept in step with what they count, so that dashboards and long lists never scan the history.
-- owner_id -1 stands for everybody. lane keeps instances that write at the same moment off each other's rows; who reads adds the lanes up.

-- What became of due instants, by quarter of an hour (due instant in microseconds / 900000000): in every zone hours and days begin on one.
-- It stays when history is removed.
CREATE TABLE tally (
  owner_id BIGINT NOT NULL,
  bucket BIGINT NOT NULL,
  status BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (owner_id, bucket, status, lane)
) {without_rowid};
CREATE INDEX tally_age ON tally (bucket);

-- Failures by cause, by the quarter of an hour in which they ended, with the last of them.
CREATE TABLE failure_tally (
  owner_id BIGINT NOT NULL,
  bucket BIGINT NOT NULL,
  cause TEXT NOT NULL,
  lane BIGINT NOT NULL,
  count BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  execution_id BIGINT NOT NULL,
  PRIMARY KEY (owner_id, bucket, cause, lane)
) {without_rowid};
CREATE INDEX failure_tally_age ON failure_tally (bucket);

-- Number of rows in the history.
CREATE TABLE history_size (
  owner_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (owner_id, status, lane)
) {without_rowid};

-- A job's outcomes by day are read from the index alone.
DROP INDEX execution_job;
CREATE INDEX execution_job ON execution (job_id, due_at DESC, id DESC, status);
-- Counting jobs by state, too.
CREATE INDEX job_state ON job (owner_id, is_enabled, paused_at, paused_until) WHERE NOT is_deleted;
CREATE INDEX job_deleted ON job (owner_id, updated_at) WHERE is_deleted;

INSERT INTO tally (owner_id, bucket, status, lane, count)
SELECT o.owner_id, o.bucket, o.status, 0, CAST(SUM(o.count) AS BIGINT)
FROM (
  SELECT e.owner_id AS owner_id, e.due_at / 900000000 AS bucket, e.status AS status, COUNT(*) AS count FROM execution e GROUP BY 1, 2, 3
  UNION ALL
  SELECT -1, e.due_at / 900000000, e.status, COUNT(*) FROM execution e GROUP BY 2, 3
  UNION ALL
  SELECT j.owner_id, s.from_at / 900000000, s.disposition + 6, CAST(SUM(s.count) AS BIGINT)
  FROM skip s JOIN job j ON j.id = s.job_id WHERE s.disposition IN (1, 2) GROUP BY 1, 2, 3
  UNION ALL
  SELECT -1, s.from_at / 900000000, s.disposition + 6, CAST(SUM(s.count) AS BIGINT) FROM skip s WHERE s.disposition IN (1, 2) GROUP BY 2, 3
) o GROUP BY 1, 2, 3;

INSERT INTO history_size (owner_id, status, lane, count)
SELECT owner_id, status, 0, COUNT(*) FROM execution GROUP BY 1, 2
UNION ALL
SELECT -1, status, 0, COUNT(*) FROM execution GROUP BY 2;
