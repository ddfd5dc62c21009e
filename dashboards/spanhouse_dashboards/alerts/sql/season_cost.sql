-- How far the cost of the last part of the range lies above what the same part of earlier seasons cost, by service.
-- Parameters: the range, project, recent_s (the part, seconds), period_s (a season, seconds), periods (seasons at most),
-- minimum_history (seasons at least), floor (smallest spread, as a share of what is usual), minimum_sample (priced calls now).
-- Columns: service, value (distance in usual spreads, as in season_calls; below 0 where it costs less).
-- Leans on spans_minute's order (project, minute).
WITH
    seasons AS (
        SELECT
            $__toTime AS until,
            service,
            intDiv(dateDiff('second', minute, until), ${period_s}) AS ago,
            toFloat64(sum(cost_usd)) AS cost,
            sum(priced_spans) AS priced
        FROM spans_minute FINAL
        /*+ ARRAY JOIN arrayFlatten(arrayMap(ago -> $__moments(minute + toIntervalSecond(ago * ${period_s}), ${recent_s}), range(${periods} + 1))) AS moment */
        WHERE project = ${project:singlequote}
            /*+ AND $__replayed(minute) */
            AND minute > $__fromTime AND minute <= $__toTime
            AND dateDiff('second', minute, $__toTime) % ${period_s} < ${recent_s}
            AND kind IN ('llm', 'embedding')
        GROUP BY until, service, ago
        HAVING ago <= ${periods}
    ),
    compared AS (
        SELECT
            until,
            service,
            sumIf(cost, ago = 0) AS now,
            groupArrayIf(cost, ago > 0) AS past,
            arrayReduce('median', past) AS usual,
            arrayReduce('median', arrayMap(one -> abs(one - usual), past)) AS distance
        FROM seasons
        GROUP BY until, service
        HAVING length(past) >= ${minimum_history} AND sumIf(priced, ago = 0) >= ${minimum_sample} AND usual > 0
    )
SELECT
    /*+ until AS moment, */
    service,
    (now - usual) / greatest(1.4826 * distance, ${floor} * usual) AS value
FROM compared
ORDER BY service
