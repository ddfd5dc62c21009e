-- The 20 scores that lie furthest below what is usual for their name: by standard deviations below its mean, one at least; five of a
-- name at most, newest first among equals. A yes or no that most get, such as a zero of `refusal`, is usual and says nothing.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: scored_span (its start), name, score, usual (the name's mean in the range), trace_id, why (explanation or label).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months. Where points
-- lie whole hours apart, of each name only those five hours are read that have its lowest minima: they hold its five lowest.
SELECT
    fromUnixTimestamp64Nano(-one.2, 'UTC') AS scored_span,
    name,
    one.1 AS score,
    mean AS usual,
    one.3 AS trace_id,
    one.4 AS why
FROM (
    SELECT
        name,
        sum(value_sum) / sum(valued) AS mean,
        sqrt(greatest(0, sum(value_squares) / sum(valued) - mean * mean)) AS deviation,
        groupArraySortedIf(5)(found, is_read) AS lowest
    FROM (
        SELECT
            name, value_min, value_min AS value_max, found, is_read,
            if(is_counted, 0, 1) AS valued,
            if(is_counted, 0, value_min) AS value_sum,
            value_sum * value_sum AS value_squares
        FROM (
            SELECT
                name,
                assumeNotNull(value) AS value_min,
                (value_min, -toUnixTimestamp64Nano(time), trace_id, if(explanation = '', toString(label), explanation)) AS found,
                1 AS is_read,
                $__interval_s % 3600 = 0
                    AND time >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
                    AND time < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC') AS is_counted
            FROM scores FINAL
            WHERE project = ${project:singlequote}
                AND $__timeFilter(time)
                AND (NOT is_counted
                    OR (name, toStartOfMinute(time)) IN (
                        SELECT name, arrayJoin(timeSlots(hour, toUInt32(3599), 60))
                        FROM (
                            SELECT name, hour
                            FROM scores_hour FINAL
                            WHERE project = ${project:singlequote}
                                AND $__interval_s % 3600 = 0
                                AND hour >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
                                AND hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
                                AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
                                AND $__conditionalAll(service IN (${service:singlequote}), $service)
                                AND $__conditionalAll(model IN (${model:singlequote}), $model)
                                AND $__conditionalAll(release IN (${release:singlequote}), $release)
                                AND valued > 0
                            GROUP BY name, hour
                            ORDER BY min(value_min), hour DESC
                            LIMIT 5 BY name)))
                AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
                AND $__conditionalAll(service IN (${service:singlequote}), $service)
                AND $__conditionalAll(model IN (${model:singlequote}), $model)
                AND $__conditionalAll(release IN (${release:singlequote}), $release)
                AND status = 'scored'
                AND value IS NOT NULL)
        UNION ALL
        SELECT name, assumeNotNull(value_min), assumeNotNull(value_max), (0.0, 0, '', ''), 0, valued, value_sum, value_squares
        FROM scores_hour FINAL
        WHERE
            -- @include in_hours
            AND project = ${project:singlequote}
            AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(model IN (${model:singlequote}), $model)
            AND $__conditionalAll(release IN (${release:singlequote}), $release)
            AND valued > 0
        UNION ALL
        SELECT name, assumeNotNull(value_min), assumeNotNull(value_max), (0.0, 0, '', ''), 0, valued, value_sum, value_squares
        FROM scores_quarter FINAL
        WHERE
            -- @include in_quarters
            AND project = ${project:singlequote}
            AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(model IN (${model:singlequote}), $model)
            AND $__conditionalAll(release IN (${release:singlequote}), $release)
            AND valued > 0
    )
    GROUP BY name
    -- Of equal values the deviation is what rounding leaves.
    HAVING min(value_min) < max(value_max)
)
ARRAY JOIN lowest AS one
-- Rounded, as the lower of two values lies one deviation below their mean but for the last digit.
WHERE round((mean - score) / deviation, 6) >= 1
ORDER BY round((mean - score) / deviation, 6) DESC, scored_span DESC, name, trace_id
LIMIT 20
