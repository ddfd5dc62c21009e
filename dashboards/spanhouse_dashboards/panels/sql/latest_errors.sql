-- The 50 latest failed spans; copies of a span are dropped from the 500 latest rows, which keeps the sort small.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: start, trace_id, service, name, error, message.
-- Leans on the orders of spans (project, minute), spans_minute, spans_hour and spans_quarter (project, time), and on their days and months: spans
-- are looked at from the minute or hour on since which 500 failed.
SELECT
    start_time AS start,
    trace_id,
    service,
    name,
    error_type AS error,
    substringUTF8(status_message, 1, 300) AS message
FROM (
    SELECT start_time, trace_id, span_id, service, name, error_type, status_message
    FROM spans
    WHERE project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND start_time >= (
            SELECT min(minute)
            FROM (
                SELECT minute, sum(errors) AS failed, sum(failed) OVER (ORDER BY minute DESC) - failed AS failed_later
                FROM (
                    -- @include rolled_spans
                ) AS spans_minute
                WHERE project = ${project:singlequote}
                    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
                    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
                    AND $__conditionalAll(service IN (${service:singlequote}), $service)
                    AND $__conditionalAll(model IN (${model:singlequote}), $model)
                    AND $__conditionalAll(release IN (${release:singlequote}), $release)
                    AND errors > 0
                GROUP BY minute)
            WHERE failed_later < 500)
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND status_code = 'Error'
    ORDER BY start_time DESC
    LIMIT 500
)
ORDER BY start_time DESC, trace_id, span_id
LIMIT 1 BY trace_id, span_id
LIMIT 50
