-- What was stored, by signal; without what the service tells of itself.
-- Parameters: the range and interval, project, environment, service, release; logs and metrics know no model.
-- Columns: time, signal (spans, logs, metric points, scores), stored (count of rows).
-- Leans on the orders of spans_minute, spans_hour, spans_quarter and scores_hour (project, time), logs, metrics_points and scores and on their months.
SELECT time, signal, sum(found.stored) AS stored
FROM (
    SELECT $__timeInterval(minute) AS time, 'spans' AS signal, sum(spans) AS stored
    FROM (
        -- @include rolled_spans
    ) AS spans_minute
    WHERE project = ${project:singlequote}
        AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    GROUP BY time
    UNION ALL
    SELECT $__timeInterval(logs.time) AS time, 'logs' AS signal, count() AS stored
    FROM logs FINAL
    WHERE project = ${project:singlequote}
        AND $__timeFilter(logs.time)
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    GROUP BY time
    UNION ALL
    SELECT $__timeInterval(metrics_points.time) AS time, 'metric points' AS signal, count() AS stored
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND NOT startsWith(name, 'spanhouse.')
        AND $__timeFilter(metrics_points.time)
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    GROUP BY time
    UNION ALL
    SELECT $__timeInterval(scores.time) AS time, 'scores' AS signal, count() AS stored
    FROM scores FINAL
    WHERE project = ${project:singlequote}
        AND $__timeFilter(scores.time)
        AND ($__interval_s % 3600 != 0
            OR scores.time < toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
            OR scores.time >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC'))
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    GROUP BY time
    UNION ALL
    SELECT $__timeInterval(hour) AS time, 'scores' AS signal, sum(scores) AS stored
    FROM scores_hour FINAL
    WHERE project = ${project:singlequote}
        AND $__interval_s % 3600 = 0
        AND hour >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
        AND hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
    GROUP BY time
) AS found
GROUP BY time, signal
HAVING stored > 0
ORDER BY time, signal
