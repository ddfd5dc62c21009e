-- Failed model calls that were tried again, how many of those then succeeded, and those that were given up.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, tried_again, recovered, given_up (counts). The call that tries again may go to another model.
-- Leans on the orders of spans (project, minute) and failures_hour (project, hour), and on their days and months.
WITH $__interval_s AS grain_s
SELECT
    $__timeInterval(rolled.time) AS time,
    sum(rolled.tried_again) AS tried_again,
    sum(rolled.recovered) AS recovered,
    sum(failed) - tried_again AS given_up
FROM (
    -- @include rolled_failures
) AS rolled
GROUP BY time
ORDER BY time
