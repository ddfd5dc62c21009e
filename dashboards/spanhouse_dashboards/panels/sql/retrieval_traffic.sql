-- Retrievals, embeddings and failed ones among both.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, retrievals, embeddings, errors (counts).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    sumIf(spans, kind = 'retriever') AS retrievals,
    sumIf(spans, kind = 'embedding') AS embeddings,
    sum(spans_minute.errors) AS errors
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind IN ('retriever', 'embedding')
GROUP BY time
HAVING sum(spans) > 0
ORDER BY time
