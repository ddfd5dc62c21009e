-- How much of its budget each service spent within the range, as far as the prices of its model calls are known.
-- Parameters: the range (the budget's period), project, amount_usd (the budget, US dollars), minimum_sample (calls with a price).
-- Columns: service, value (share of the budget; 1 is all of it).
-- Leans on spans_minute's order (project, minute).
SELECT
    /*+ moment, */
    service,
    toFloat64(sum(cost_usd)) / ${amount_usd} AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute > $__fromTime AND minute <= $__toTime
    AND kind IN ('llm', 'embedding')
GROUP BY /*+ moment, */ service
HAVING sum(priced_spans) >= ${minimum_sample}
ORDER BY service
