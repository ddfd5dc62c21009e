-- How long spans took from their end to the door, and from the door to the table.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, p95_arrival, p95_storing (seconds).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    quantileTDigestMerge(0.95)(transit_ms) / 1000 AS p95_arrival,
    quantileTDigestMerge(0.95)(storing_ms) / 1000 AS p95_storing
FROM (
    -- The spans of the range; and where points lie whole hours or quarters of days apart, in their place those in it that were counted by now.
    SELECT
        start_time AS time,
        greatest(0, dateDiff('millisecond', start_time, received_at) - duration_ns / 1e6) AS arrived,
        initializeAggregation('quantileTDigestState(0.95)', arrived) AS transit_ms,
        initializeAggregation('quantileTDigestState(0.95)', toFloat64(greatest(0, dateDiff('millisecond', received_at, stored_at)))) AS storing_ms
    FROM spans
    WHERE project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND ($__interval_s % 3600 != 0
            OR start_time < toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
            OR start_time >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC'))
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    UNION ALL
    SELECT toDateTime64(hour, 9, 'UTC'), 0, transit_ms, storing_ms
    FROM steps_hour FINAL
    WHERE
        -- @include in_hours
        AND project = ${project:singlequote}
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'all'
        AND spans > 0
    UNION ALL
    SELECT toDateTime64(quarter, 9, 'UTC'), 0, transit_ms, storing_ms
    FROM steps_quarter FINAL
    WHERE
        -- @include in_quarters
        AND project = ${project:singlequote}
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'all'
        AND spans > 0
) AS rolled
GROUP BY time
ORDER BY time
