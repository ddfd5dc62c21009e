-- What a run's evaluations cost, in billionths of a dollar; of runs from before it is not known, and they show none.
ALTER TABLE evaluator_runs ADD COLUMN nano_usd BIGINT NOT NULL DEFAULT 0
