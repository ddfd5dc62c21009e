-- What the calendar month (UTC) in which the range ends will have cost at its end, against the budget of the alert rules.
-- Parameters: the range (its end counts, not its begin), project, environment, service, model, release.
-- budget_usd (US dollars) and budget_s (seconds for which it is) are those of the alert rules on budgets.
-- Columns: service, so_far_usd, forecast_usd, low_usd, high_usd, budget_usd (US dollars), budget_share (of the month's budget; 1 is all of it).
-- The rest of the month costs as the mean of up to 28 whole days before today, from the first that cost anything; low and high
-- are its 95% prediction interval, days taken as independent: mean * rest +- 1.96 * deviation * sqrt(rest + rest^2 / days).
-- None before there was a whole day, low and high before there were two.
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time); reads at most 59 days.
WITH
    toDate(toTimeZone($__toTime, 'UTC')) AS today,
    toStartOfMonth(today) AS month,
    addMonths(month, 1) AS next_month,
    dateDiff('second', $__toTime, toDateTime(next_month, 'UTC')) / 86400 AS rest,
    dateDiff('second', toDateTime(month, 'UTC'), toDateTime(next_month, 'UTC')) / ${budget_s} * ${budget_usd} AS month_budget_usd
SELECT
    service,
    so_far_usd,
    if(days = 0, NULL, so_far_usd + past_usd / days * rest) AS forecast_usd,
    if(days < 2, NULL, greatest(forecast_usd - 1.96 * deviation_usd * sqrt(rest + rest * rest / days), so_far_usd)) AS low_usd,
    if(days < 2, NULL, forecast_usd + 1.96 * deviation_usd * sqrt(rest + rest * rest / days)) AS high_usd,
    month_budget_usd AS budget_usd,
    ifNull(forecast_usd, so_far_usd) / month_budget_usd AS budget_share
FROM (
    SELECT
        service,
        sumIf(usd, day >= month) AS so_far_usd,
        sumIf(usd, is_past) AS past_usd,
        if(countIf(is_past) = 0, 0, dateDiff('day', minIf(day, is_past), today)) AS days,
        if(days < 2, 0, sqrt(greatest(sumIf(usd * usd, is_past) - past_usd * past_usd / days, 0) / (days - 1))) AS deviation_usd
    FROM (
        SELECT service, toDate(minute, 'UTC') AS day, toFloat64(sum(cost_usd)) AS usd, day >= today - 28 AND day < today AS is_past
        FROM (
            SELECT project, minute, environment, service, model, release, kind, cost_usd, priced_spans
            FROM spans_minute FINAL
            WHERE minute >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
            UNION ALL
            SELECT project, hour AS minute, environment, service, model, release, kind, cost_usd, priced_spans
            FROM spans_hour FINAL
            WHERE hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
        )
        WHERE project = ${project:singlequote}
            AND minute >= toDateTime(least(month, today - 28), 'UTC') AND minute <= $__toTime
            AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(model IN (${model:singlequote}), $model)
            AND $__conditionalAll(release IN (${release:singlequote}), $release)
            AND kind IN ('llm', 'embedding')
            AND priced_spans > 0
        GROUP BY service, day
    )
    GROUP BY service
)
ORDER BY budget_share DESC, service
LIMIT 50
