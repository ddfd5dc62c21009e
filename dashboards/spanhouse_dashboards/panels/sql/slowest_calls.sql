-- The 20 slowest LLM calls of the range; copies of a span are dropped from the 200 slowest rows, which keeps the sort small.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: start, trace_id, service, model, duration_ms, output_tokens.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months. Where points lie whole
-- hours apart, only those hours are looked at whose slowest calls are the slowest: each holds one of the 20.
SELECT
    start_time AS start,
    trace_id,
    service,
    model,
    duration_ns / 1e6 AS duration_ms,
    output_tokens
FROM (
    SELECT start_time, trace_id, span_id, service, model, duration_ns, output_tokens
    FROM spans
    WHERE project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND ($__interval_s % 3600 != 0
            OR start_time < toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
            OR start_time >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
            OR toStartOfMinute(start_time) IN (
                SELECT arrayJoin(timeSlots(hour, toUInt32(3599), 60))
                FROM (
                    SELECT hour
                    FROM steps_hour FINAL
                    WHERE project = ${project:singlequote}
                        AND $__interval_s % 3600 = 0
                        AND hour >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
                        AND hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
                        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
                        AND $__conditionalAll(service IN (${service:singlequote}), $service)
                        AND $__conditionalAll(model IN (${model:singlequote}), $model)
                        AND $__conditionalAll(release IN (${release:singlequote}), $release)
                        AND kind = 'llm'
                        AND spans > 0
                    GROUP BY hour
                    ORDER BY max(duration_max_ns) DESC
                    LIMIT 20 WITH TIES)))
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'llm'
    ORDER BY duration_ns DESC
    LIMIT 200
)
ORDER BY duration_ns DESC, trace_id, span_id
LIMIT 1 BY trace_id, span_id
LIMIT 20
