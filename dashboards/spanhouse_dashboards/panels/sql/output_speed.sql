-- Output tokens per second of LLM calls, waiting included, by model.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, tokens_per_second.
-- Leans on spans_minute's order (project, minute).
SELECT
    $__timeInterval(minute) AS time,
    model,
    sum(output_tokens) / (sum(duration_sum_ns) / 1e9) AS tokens_per_second
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'llm'
    AND usage_spans = spans
    AND spans > 0
GROUP BY time, model
HAVING sum(duration_sum_ns) > 0
ORDER BY time, model
