-- Number of rows in the history by the day they were due, so that a page far back is found by its day instead of by passing over
-- everything before it. Kept beside history_size, which older instances go on writing during an upgrade: where the two
-- differ, this one is not used until it has been counted anew.
CREATE TABLE history_day (
  owner_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  status BIGINT NOT NULL,
  trigger BIGINT NOT NULL,
  lane BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (owner_id, day, status, trigger, lane)
) {without_rowid};
INSERT INTO history_day (owner_id, day, status, trigger, lane, count)
SELECT o.owner_id, o.day, o.status, o.trig, 0, CAST(SUM(o.count) AS BIGINT)
FROM (
  SELECT e.owner_id AS owner_id, e.due_at / 86400000000 AS day, e.status AS status, e.trigger AS trig, COUNT(*) AS count FROM execution e GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT -1, e.due_at / 86400000000, e.status, e.trigger, COUNT(*) FROM execution e GROUP BY 2, 3, 4
) o GROUP BY 1, 2, 3, 4;
