-- Failed calls of each model: how many were tried again and then succeeded, and the time that was lost until then.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: service, model, failed, tried_again, recovered (counts), lost_s (seconds from the failed call's start to the next one's, else its duration).
-- Leans on the orders of spans (project, minute) and failures_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s
SELECT
    service,
    model,
    sum(rolled.failed) AS failed,
    sum(rolled.tried_again) AS tried_again,
    sum(rolled.recovered) AS recovered,
    sum(rolled.lost_s) AS lost_s
FROM (
    -- @include rolled_failures
) AS rolled
GROUP BY service, model
ORDER BY lost_s DESC, service, model
LIMIT 50
