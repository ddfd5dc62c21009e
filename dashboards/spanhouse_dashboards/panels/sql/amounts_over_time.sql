-- Mean of each score that has values beyond 0 to 1, such as a length, and the share of what should be scored that has a value.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, name, mean (none without values), coverage (0 to 1).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT time, name, mean, coverage
FROM (
    -- @include score_means_over_time
)
WHERE lowest < 0 OR highest > 1
ORDER BY time, name
