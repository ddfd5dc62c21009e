-- Counts the model calls that failed in whole hours and what became of them, from the deduplicated spans.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of failures_hour.
-- Groups that exist and have no failed calls any more are written with failed = 0, so that they do not keep their old figures.
INSERT INTO failures_hour
(
    project, hour, service, environment, release, provider, model, failed, rate_limited, tried_again, recovered, lost_s, version
)
WITH
    calls AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour, service, environment, release, provider, model,
            status_code = 'Error' AS is_failed,
            leadInFrame(toNullable(start_time)) OVER followers AS next_time,
            leadInFrame(toNullable(is_failed)) OVER followers AS next_failed,
            next_time IS NOT NULL AND next_time <= start_time + INTERVAL 10 MINUTE AS is_tried_again,
            is_tried_again AND NOT ifNull(next_failed, 1) AS is_recovered,
            if(is_tried_again, toUnixTimestamp64Nano(ifNull(next_time, start_time)) - toUnixTimestamp64Nano(start_time), duration_ns) / 1e9 AS lost_s,
            match(concat(error_type, ' ', status_message), '(?i)\\b429\\b|rate.?limit|too.?many.?requests|resource.?exhausted|throttl|overloaded') AS is_rate_limited
        FROM spans FINAL
        PREWHERE trace_id IN (
            SELECT trace_id
            FROM spans
            WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 1 HOUR
                AND (project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
                AND kind IN ('llm', 'embedding') AND status_code = 'Error')
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 70 MINUTE
            AND ((project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
                OR (project, toStartOfHour(start_time - INTERVAL 10 MINUTE)) IN (SELECT p, h FROM wanted))
            AND kind IN ('llm', 'embedding')
        WINDOW followers AS (
            PARTITION BY project, trace_id, parent_span_id, kind
            ORDER BY start_time, span_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
    rows AS (
        SELECT project, hour, service, environment, release, provider, model, 1 AS failed, is_rate_limited, is_tried_again, is_recovered,
            lost_s
        FROM calls
        WHERE is_failed AND (project, hour) IN (SELECT p, h FROM wanted)
        UNION ALL
        SELECT project, hour, service, environment, release, provider, model, 0, false, false, false, 0
        FROM failures_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted)),
    -- @include wanted_hours
SELECT
    project, hour, service, environment, release, provider, model,
    sum(rows.failed),
    countIf(is_rate_limited),
    countIf(is_tried_again),
    countIf(is_recovered),
    sum(rows.lost_s),
    {version:UInt64}
FROM rows
GROUP BY project, hour, service, environment, release, provider, model
-- @include recomputing_hours
