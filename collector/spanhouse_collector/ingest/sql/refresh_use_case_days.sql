-- Merges the hours of whole days: use cases.
-- Parameters: projects and days (parallel lists, the days to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of use_cases_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with traces = 0.
INSERT INTO use_cases_day
(
    project, day, service, environment, release, model, use_case, traces, duration_max_ns, duration_ns, cost_usd, priced, trace_cost_usd,
    version
)
WITH
    -- @include wanted_days
SELECT
    project, toStartOfDay(hour) AS day, service, environment, release, model, use_case,
    sum(hours.traces),
    max(hours.duration_max_ns),
    quantilesTDigestMergeState(0.5, 0.95)(hours.duration_ns),
    sum(hours.cost_usd),
    sum(hours.priced),
    quantilesTDigestMergeState(0.5, 0.95)(hours.trace_cost_usd),
    {version:UInt64}
FROM use_cases_hour AS hours FINAL
WHERE hour >= first_day AND hour < last_day + INTERVAL 1 DAY
    AND (project, toStartOfDay(hour)) IN (SELECT p, d FROM wanted)
GROUP BY project, day, service, environment, release, model, use_case
-- @include storing
