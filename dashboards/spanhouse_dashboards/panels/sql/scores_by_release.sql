-- Mean of each score whose values are all from 0 to 1, by release, with coverage.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, release, mean (none without values), coverage (0 to 1).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT name, release, mean, coverage
FROM (
    -- @include score_means_by_release
)
WHERE coalesce(lowest, 0) >= 0 AND coalesce(highest, 0) <= 1
ORDER BY name, release
