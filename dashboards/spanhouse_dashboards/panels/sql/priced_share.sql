-- Share of model calls with token usage that have a price.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: coverage (0 to 1, none without such calls).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT sum(priced_spans) / nullIf(sum(usage_spans), 0) AS coverage
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind IN ('llm', 'embedding')
