-- Tool calls and those that failed.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, calls, failed (counts).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT $__timeInterval(minute) AS time, sum(spans) AS calls, sum(errors) AS failed
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'tool'
GROUP BY time
HAVING calls > 0
ORDER BY time
