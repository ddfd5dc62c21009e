-- The log knows it of what ran before.
UPDATE evaluator_leases SET started_ms = COALESCE((SELECT MAX(started_ms) FROM evaluator_runs WHERE evaluator_runs.job = evaluator_leases.job), 0)
