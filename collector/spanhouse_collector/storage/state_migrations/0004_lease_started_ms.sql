-- When each job was last started, so that one statement can take the lease and tell whether a run is due.
ALTER TABLE evaluator_leases ADD COLUMN started_ms BIGINT NOT NULL DEFAULT 0
