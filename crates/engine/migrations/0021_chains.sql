-- Jobs that run after other jobs.

-- on_end: 1 success, 2 failure, 3 completion.
CREATE TABLE job_parent (
  child_id BIGINT NOT NULL,
  parent_id BIGINT NOT NULL,
  on_end BIGINT NOT NULL,
  PRIMARY KEY (child_id, parent_id)
) {without_rowid};
CREATE INDEX job_parent_children ON job_parent (parent_id, child_id);

-- Ends of parents that a child has not answered yet: written in the transaction of the end, removed in the transaction
-- of the answer. is_new: not looked at yet; otherwise it waits for the other parents.
CREATE TABLE chain_arrival (
  child_id BIGINT NOT NULL,
  execution_id BIGINT NOT NULL,
  parent_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  status BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  is_new BOOLEAN NOT NULL,
  PRIMARY KEY (child_id, execution_id)
) {without_rowid};
CREATE INDEX chain_arrival_new ON chain_arrival (is_new, child_id);

-- Which executions started an execution.
CREATE TABLE execution_parent (
  execution_id BIGINT NOT NULL,
  parent_id BIGINT NOT NULL,
  parent_created_at BIGINT NOT NULL,
  parent_job_id BIGINT NOT NULL,
  PRIMARY KEY (execution_id, parent_id)
) {without_rowid};
CREATE INDEX execution_parent_of ON execution_parent (parent_id);

-- Locked by whoever changes the graph, so that two changes cannot close a circle together.
INSERT INTO sequence (name, next) VALUES ('chain', 1);
