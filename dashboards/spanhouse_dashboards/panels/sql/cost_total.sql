-- What the range's model calls cost, as far as prices are known.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: cost_usd (US dollars, none where no call had a price).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT if(sum(priced_spans) = 0, NULL, toFloat64(sum(cost_usd))) AS cost_usd
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
