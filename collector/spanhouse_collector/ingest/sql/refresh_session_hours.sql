-- Counts what each session and user did in whole hours, from the deduplicated spans.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of sessions_hour.
-- Groups that exist and have no spans any more are written with spans = 0, so that they do not keep their old figures.
INSERT INTO sessions_hour
(
    project, hour, session_id, user_id, service, environment, release, model, spans, errors, roots, calls, model_calls, tokens, cost_usd,
    priced_calls, call_max_ns, call_duration_ns, version
)
WITH
    rows AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour, session_id, user_id, service, environment, release, model,
            1 AS spans, status_code = 'Error' AS is_error, parent_span_id = '' AS is_root, kind = 'llm' AS is_call,
            kind IN ('llm', 'embedding') AS is_model_call, ifNull(input_tokens, 0) + ifNull(output_tokens, 0) AS tokens, cost_usd,
            duration_ns
        FROM spans FINAL
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 1 HOUR
            AND (project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
            AND (session_id != '' OR user_id != '')
        UNION ALL
        SELECT project, hour, session_id, user_id, service, environment, release, model, 0, false, false, false, false, 0, NULL, 0
        FROM sessions_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted)),
    -- @include wanted_hours
SELECT
    project, hour, session_id, user_id, service, environment, release, model,
    sum(rows.spans),
    countIf(is_error),
    countIf(is_root),
    countIf(is_call),
    countIf(is_model_call),
    sumIf(rows.tokens, is_model_call),
    sumIf(ifNull(rows.cost_usd, toDecimal64(0, 12)), is_model_call),
    countIf(is_model_call AND rows.cost_usd IS NOT NULL),
    maxIf(rows.duration_ns, is_call),
    quantilesTDigestStateIf(0.5, 0.95)(rows.duration_ns, is_call),
    {version:UInt64}
FROM rows
GROUP BY project, hour, session_id, user_id, service, environment, release, model
-- @include recomputing_hours
