-- How long streamed calls of each prompt and version wait for their first token.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: prompt, version, calls (count of streamed ones), mean (none where no hour knows it), p50, p95 (milliseconds).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
WITH quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(time_to_first_chunk_ns) AS quantiles_ns
SELECT
    prompt_name AS prompt,
    prompt_version AS version,
    sum(first_chunk_spans) AS calls,
    sum(time_to_first_chunk_sum_ns) / sumIf(first_chunk_spans, time_to_first_chunk_sum_ns IS NOT NULL) / 1e6 AS mean,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[3] / 1e6 AS p95
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'llm'
    AND prompt_name != ''
GROUP BY prompt, version
HAVING calls > 0
ORDER BY p95 DESC, prompt, version
LIMIT 50
