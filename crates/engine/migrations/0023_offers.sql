-- A fifth state of `live`: offered. Its job's gate has let it through at the instance that owns the shard, which has no
-- free slot; it is nobody's, and any instance that runs executions may take it.
CREATE INDEX live_offered ON live (priority DESC, visible_at, id) WHERE state = 5;
