-- Tokens by what they were: cached and reasoning tokens are parts of input and output, so they are taken out of those.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, input, cache_read, cache_write, output, reasoning (tokens).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    greatest(toInt64(sum(input_tokens)) - toInt64(cache_read) - toInt64(cache_write), 0) AS input,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_write_tokens) AS cache_write,
    greatest(toInt64(sum(output_tokens)) - toInt64(reasoning), 0) AS output,
    sum(reasoning_tokens) AS reasoning
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind IN ('llm', 'embedding')
GROUP BY time
HAVING sum(usage_spans) > 0
ORDER BY time
