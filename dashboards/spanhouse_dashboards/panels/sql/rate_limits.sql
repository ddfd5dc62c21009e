-- Model calls that a provider refused because there were too many: HTTP 429, or an error that says so.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, provider, model, refused (count).
-- Leans on the orders of spans (project, minute) and failures_hour (project, hour), and on their days and months.
WITH $__interval_s AS grain_s
SELECT $__timeInterval(rolled.time) AS time, provider, model, sum(rate_limited) AS refused
FROM (
    -- @include rolled_failures
) AS rolled
GROUP BY time, provider, model
HAVING refused > 0
ORDER BY time, provider, model
