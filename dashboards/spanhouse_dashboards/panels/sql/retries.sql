-- What became of failed model calls: tried again and answered, tried again and failed as well, or given up.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, recovered, failed_again, given_up (counts; together all that failed). The call that tries again may go to another model.
-- Leans on the orders of spans (project, minute) and failures_hour (project, hour), and on their days and months.
WITH $__interval_s AS grain_s
SELECT
    $__timeInterval(rolled.time) AS time,
    sum(rolled.recovered) AS recovered,
    sum(rolled.tried_again) - recovered AS failed_again,
    sum(failed) - sum(rolled.tried_again) AS given_up
FROM (
    -- @include rolled_failures
) AS rolled
GROUP BY time
ORDER BY time
