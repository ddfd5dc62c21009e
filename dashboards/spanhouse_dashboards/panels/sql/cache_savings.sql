-- What reading from providers' caches saved, at the newest known prices for requests of any size and calls of any service tier.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: cost_usd (US dollars, none where no price is known).
-- Leans on spans_minute's order (project, minute); prices by project.
WITH known AS (
    -- The last entry of no minimum is the newest such price.
    SELECT provider, model, arrayLast(e -> e.above_tokens < 0 AND e.service_tier = '', entries) AS price
    FROM prices FINAL
    WHERE project = ${project:singlequote} AND notEmpty(entries)
)
SELECT if(count() = 0, NULL, sum(cached.tokens * toFloat64(known.price.input_usd - known.price.cache_read_usd)) / 1e6) AS cost_usd
FROM (
    SELECT provider, model, sum(cache_read_tokens) AS tokens
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
    GROUP BY provider, model
) AS cached
INNER JOIN known ON known.provider = cached.provider AND known.model = cached.model
