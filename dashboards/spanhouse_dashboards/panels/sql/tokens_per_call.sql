-- How many tokens a call takes and gives, of calls that told their usage.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, input, output (mean tokens a call).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    model,
    sum(input_tokens) / sum(usage_spans) AS input,
    sum(output_tokens) / sum(usage_spans) AS output
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'llm'
GROUP BY time, model
HAVING sum(usage_spans) > 0
ORDER BY time, model
