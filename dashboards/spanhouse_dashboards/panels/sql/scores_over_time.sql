-- Mean of each score whose values are all from 0 to 1, and the share of what should be scored that has a value.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, name, mean (none without values), coverage (0 to 1).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT time, name, mean, coverage
FROM (
    -- @include score_means_over_time
)
WHERE coalesce(lowest, 0) >= 0 AND coalesce(highest, 0) <= 1
ORDER BY time, name
