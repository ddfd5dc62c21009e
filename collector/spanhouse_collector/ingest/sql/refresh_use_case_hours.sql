-- Counts the traces that began in whole hours by the names of their roots, from the deduplicated spans.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of use_cases_hour.
-- Groups that exist and have no traces any more are written with traces = 0, so that they do not keep their old figures.
INSERT INTO use_cases_hour
(
    project, hour, service, environment, release, model, use_case, traces, duration_max_ns, duration_ns, cost_usd, priced, trace_cost_usd,
    version
)
WITH
    found AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour_began,
            countIf(parent_span_id = '') AS roots,
            argMinIf((name, service, environment, release, spans.model), start_time, parent_span_id = '') AS root,
            minIf(start_time, parent_span_id = '') AS root_time,
            maxIf(duration_ns, parent_span_id = '') AS lasted_ns,
            sumIf(spans.cost_usd, kind IN ('llm', 'embedding')) AS spent_usd,
            countIf(kind IN ('llm', 'embedding') AND spans.cost_usd IS NOT NULL) AS priced_calls,
            leadInFrame(toNullable(hour_began)) OVER following AS next_hour,
            leadInFrame(spent_usd) OVER following AS next_usd,
            leadInFrame(priced_calls) OVER following AS next_priced_calls,
            ifNull(next_hour = hour_began + INTERVAL 1 HOUR, false) AS goes_on,
            toDecimal128(ifNull(spent_usd, 0) + if(goes_on, ifNull(next_usd, 0), 0), 12) AS cost_usd,
            priced_calls + if(goes_on, next_priced_calls, 0) > 0 AS is_priced
        FROM spans FINAL
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 2 HOUR
            AND ((project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
                OR (project, toStartOfHour(start_time - INTERVAL 1 HOUR)) IN (SELECT p, h FROM wanted))
        GROUP BY project, trace_id, hour_began
        WINDOW following AS (PARTITION BY project, trace_id ORDER BY hour_began ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
    rows AS (
        SELECT project, hour_began AS hour, root.2 AS service, root.3 AS environment, root.4 AS release, root.5 AS model,
            if(root.1 = '', '(unnamed)', root.1) AS use_case, 1 AS traces, lasted_ns, cost_usd, is_priced
        FROM found
        WHERE roots > 0 AND (project, hour) IN (SELECT p, h FROM wanted)
        UNION ALL
        SELECT project, hour, service, environment, release, model, use_case, 0, 0, 0, false
        FROM use_cases_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted)),
    -- @include wanted_hours
SELECT
    project, hour, service, environment, release, model, use_case,
    sum(rows.traces),
    maxIf(lasted_ns, rows.traces = 1),
    quantilesTDigestStateIf(0.5, 0.95)(lasted_ns, rows.traces = 1),
    sum(rows.cost_usd),
    countIf(is_priced),
    quantilesTDigestStateIf(0.5, 0.95)(toFloat64(rows.cost_usd), is_priced),
    {version:UInt64}
FROM rows
GROUP BY project, hour, service, environment, release, model, use_case
-- @include recomputing_hours
