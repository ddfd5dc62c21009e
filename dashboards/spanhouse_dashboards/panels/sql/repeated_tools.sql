-- Traces that call one tool again and again, at least three times within an hour: the likeliest loops, 20 at most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: trace_id, tool, calls (count, of the hour with most).
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s
SELECT trace_id, tool, max(found.calls) AS calls
FROM (
    SELECT trace_id, if(tool_name = '', name, tool_name) AS tool, count() AS calls
    FROM spans FINAL
    WHERE project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND (grain_s % 3600 != 0
            OR start_time < toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
            OR start_time >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC'))
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'tool'
    GROUP BY toStartOfHour(start_time), service, environment, release, model, trace_id, tool
    HAVING calls >= 3
    UNION ALL
    SELECT loops.trace_id, step, loops.calls
    FROM steps_hour FINAL
    ARRAY JOIN loops
    WHERE project = ${project:singlequote}
        AND grain_s % 3600 = 0
        AND hour >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
        AND hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'tool'
) AS found
GROUP BY trace_id, tool
ORDER BY calls DESC, trace_id, tool
LIMIT 20
