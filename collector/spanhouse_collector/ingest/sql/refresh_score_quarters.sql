-- Merges the hours of whole quarters of days: scores.
-- Parameters: projects and quarters (parallel lists, the quarters to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of scores_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with scores = 0.
INSERT INTO scores_quarter
(
    project, quarter, name, source, evaluator, status, reason, service, environment, release, model, prompt_name,
    prompt_version, target, label, scores, valued, value_sum, value_squares, value_min, value_max, tenths, lag_ms, cost_usd,
    priced_scores, version
)
WITH
    -- @include wanted_quarters
SELECT
    project, toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target, label,
    sum(hours.scores),
    sum(hours.valued),
    sum(hours.value_sum),
    sum(hours.value_squares),
    min(hours.value_min),
    max(hours.value_max),
    sumForEach(hours.tenths),
    quantilesTDigestMergeState(0.5, 0.95)(hours.lag_ms),
    sum(hours.cost_usd),
    sum(hours.priced_scores),
    {version:UInt64}
FROM scores_hour AS hours FINAL
WHERE hour >= first_quarter AND hour < last_quarter + INTERVAL 6 HOUR
    AND (project, toStartOfInterval(hour, INTERVAL 6 HOUR)) IN (SELECT p, q FROM wanted)
GROUP BY project, quarter, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target, label
-- @include storing
