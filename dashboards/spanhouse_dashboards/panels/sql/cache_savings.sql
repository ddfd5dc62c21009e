-- What reading from providers' caches saved, at the newest known prices of the first tier.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: cost_usd (US dollars, none where no price is known).
-- Leans on spans_minute's order (project, minute); model_prices is small.
WITH prices AS (
    SELECT provider, model, argMax(tiers[1].input_usd - tiers[1].cache_read_usd, valid_from) AS saved_usd
    FROM model_prices FINAL
    WHERE notEmpty(tiers)
    GROUP BY provider, model
)
SELECT if(count() = 0, NULL, sum(cached.tokens * toFloat64(prices.saved_usd)) / 1e6) AS cost_usd
FROM (
    SELECT provider, model, sum(cache_read_tokens) AS tokens
    FROM spans_minute FINAL
    WHERE project = ${project:singlequote}
        AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind IN ('llm', 'embedding')
    GROUP BY provider, model
) AS cached
INNER JOIN prices ON prices.provider = cached.provider AND prices.model = cached.model
