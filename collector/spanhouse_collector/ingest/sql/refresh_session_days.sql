-- Merges the hours of whole days: what each session did, by model and of all models together.
-- Parameters: projects and days (parallel lists, the days to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of sessions_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with spans = 0; a row without session and
-- user tells that the day was merged, also where nobody is known.
INSERT INTO sessions_day
(
    project, all_models, day, session_id, user_id, service, environment, release, model, spans, errors, roots, calls, model_calls,
    tokens, cost_usd, priced_calls, version
)
WITH
    -- @include wanted_days
SELECT
    project, all_models, toStartOfDay(hour) AS day, session_id, user_id, service, environment, release, if(all_models, '', hours.model) AS of_model,
    sum(hours.spans),
    sum(hours.errors),
    sum(hours.roots),
    sum(hours.calls),
    sum(hours.model_calls),
    sum(hours.tokens),
    sum(hours.cost_usd),
    sum(hours.priced_calls),
    {version:UInt64}
FROM sessions_hour AS hours FINAL
ARRAY JOIN [false, true] AS all_models
WHERE hour >= first_day AND hour < last_day + INTERVAL 1 DAY
    AND (project, toStartOfDay(hour)) IN (SELECT p, d FROM wanted)
GROUP BY project, all_models, day, session_id, user_id, service, environment, release, of_model
UNION ALL
SELECT p, true, d, '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, {version:UInt64}
FROM wanted
-- @include storing
