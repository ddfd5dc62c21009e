-- LLM calls in the range.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: llm_calls (count).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT sum(spans) AS llm_calls
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
