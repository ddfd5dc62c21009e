-- Spans, LLM calls and tool calls for each trace: growing numbers mean that agents take more steps.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, steps, llm_calls, tool_calls (each a trace).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    sum(spans) / sum(roots) AS steps,
    sumIf(spans, kind = 'llm') / sum(roots) AS llm_calls,
    sumIf(spans, kind = 'tool') / sum(roots) AS tool_calls
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
GROUP BY time
HAVING sum(roots) > 0
ORDER BY time
