-- Time to the first chunk of streamed LLM calls, by model.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, p95 (milliseconds).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    model,
    quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(time_to_first_chunk_ns)[3] / 1e6 AS p95
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
    AND first_chunk_spans > 0
GROUP BY time, model
ORDER BY time, model
