-- Checks by guardrails, and those that failed.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, checks (count).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT $__timeInterval(minute) AS time, service, sum(spans) AS checks
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'guardrail'
GROUP BY time, service
HAVING checks > 0
ORDER BY time, service
