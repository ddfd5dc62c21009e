-- How long LLM calls took, by prompt and its version; the slowest 20.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: prompt, version, calls (count), p50, p95 (milliseconds).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
WITH quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns) AS quantiles_ns
SELECT
    prompt_name AS prompt,
    prompt_version AS version,
    sum(spans) AS calls,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[3] / 1e6 AS p95
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'llm'
    AND prompt_name != ''
GROUP BY prompt, version
HAVING calls > 0
ORDER BY p95 DESC, prompt, version
LIMIT 20
