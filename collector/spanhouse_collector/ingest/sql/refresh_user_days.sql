-- Merges the hours of whole days: what each user did, whatever the session.
-- Parameters: projects and days (parallel lists, the days to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of sessions_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with spans = 0; a row without a user
-- tells that the day was merged, also where nobody is known.
INSERT INTO users_day
(
    project, day, user_id, service, environment, release, model, spans, calls, model_calls, tokens, cost_usd, priced_calls,
    call_max_ns, call_duration_ns, version
)
WITH
    -- @include wanted_days
SELECT
    project, toStartOfDay(hour) AS day, user_id, service, environment, release, model,
    sum(hours.spans),
    sum(hours.calls),
    sum(hours.model_calls),
    sum(hours.tokens),
    sum(hours.cost_usd),
    sum(hours.priced_calls),
    max(hours.call_max_ns),
    quantilesTDigestMergeState(0.5, 0.95)(hours.call_duration_ns),
    {version:UInt64}
FROM sessions_hour AS hours FINAL
WHERE hour >= first_day AND hour < last_day + INTERVAL 1 DAY
    AND (project, toStartOfDay(hour)) IN (SELECT p, d FROM wanted)
    AND user_id != ''
GROUP BY project, day, user_id, service, environment, release, model
UNION ALL
SELECT p, d, '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, arrayReduce('quantilesTDigestState(0.5, 0.95)', CAST([], 'Array(Int64)')), {version:UInt64}
FROM wanted
-- @include storing
