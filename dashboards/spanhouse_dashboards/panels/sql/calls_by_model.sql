-- LLM calls of each model in each interval.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, calls (count).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT $__timeInterval(minute) AS time, model, sum(spans) AS calls
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'llm'
GROUP BY time, model
HAVING calls > 0
ORDER BY time, model
