-- Failed spans by type of error.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, error, spans (count).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    error,
    sum(times) AS spans
FROM (
    -- @include rolled_steps
) AS rolled
ARRAY JOIN error_types AS error, error_counts AS times
WHERE errors > 0
GROUP BY time, error
ORDER BY time, error
