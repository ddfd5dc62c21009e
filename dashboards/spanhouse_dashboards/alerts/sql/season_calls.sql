-- How far the number of LLM calls of the last part of the range lies from what the same part of earlier seasons had.
-- Parameters: the range, project, recent_s (the part, seconds), period_s (a season, seconds), periods (seasons at most),
-- minimum_history (seasons at least), floor (smallest spread, as a share of what is usual), minimum_sample (calls usually).
-- Columns: service, value (distance in usual spreads; the spread is 1.4826 times the median distance from the median, which
-- for a normal distribution is its standard deviation, and never below chance, the root of a count, or the floor).
-- Leans on spans_minute's order (project, minute).
WITH
    seasons AS (
        SELECT
            $__toTime AS until,
            service,
            intDiv(dateDiff('second', minute, until), ${period_s}) AS ago,
            toFloat64(sum(spans)) AS calls
        FROM spans_minute FINAL
        /*+ ARRAY JOIN arrayFlatten(arrayMap(ago -> $__moments(minute + toIntervalSecond(ago * ${period_s}), ${recent_s}), range(${periods} + 1))) AS moment */
        WHERE project = ${project:singlequote}
            /*+ AND $__replayed(minute) */
            AND minute > $__fromTime AND minute <= $__toTime
            AND dateDiff('second', minute, $__toTime) % ${period_s} < ${recent_s}
            AND kind = 'llm'
        GROUP BY until, service, ago
        HAVING ago <= ${periods}
    ),
    compared AS (
        SELECT
            until,
            service,
            sumIf(calls, ago = 0) AS now,
            groupArrayIf(calls, ago > 0) AS past,
            arrayReduce('median', past) AS usual,
            arrayReduce('median', arrayMap(one -> abs(one - usual), past)) AS distance
        FROM seasons
        GROUP BY until, service
        HAVING length(past) >= ${minimum_history} AND usual >= ${minimum_sample}
    )
SELECT
    /*+ until AS moment, */
    service,
    abs(now - usual) / greatest(1.4826 * distance, sqrt(usual), ${floor} * usual) AS value
FROM compared
ORDER BY service
