-- Merges the hours of whole quarters of days: what spans of each kind did.
-- Parameters: projects and quarters (parallel lists, the quarters to merge), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of steps_hour, by project and hour.
-- Hours keep a row for each group that they ever had, so groups that have emptied are written with spans = 0.
INSERT INTO steps_quarter
(
    project, quarter, service, environment, release, model, kind, step, spans, errors, error_types, finish_reasons,
    duration_counts, first_token_counts, token_time_counts, finished, filtered, duration_ns, recorded, documents,
    empty_results, ranked, best_score_sum, transit_ms, storing_ms, version
)
WITH
    -- @include wanted_quarters
SELECT
    project, toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, service, environment, release, model, kind, step,
    sum(hours.spans),
    sum(hours.errors),
    sumMap(hours.error_types),
    sumMap(hours.finish_reasons),
    sumForEach(hours.duration_counts),
    sumForEach(hours.first_token_counts),
    sumForEach(hours.token_time_counts),
    sum(hours.finished),
    sum(hours.filtered),
    quantilesTDigestMergeState(0.5, 0.95)(hours.duration_ns),
    sum(hours.recorded),
    sum(hours.documents),
    sum(hours.empty_results),
    sum(hours.ranked),
    sum(hours.best_score_sum),
    quantileTDigestMergeState(0.95)(hours.transit_ms),
    quantileTDigestMergeState(0.95)(hours.storing_ms),
    {version:UInt64}
FROM steps_hour AS hours FINAL
WHERE hour >= first_quarter AND hour < last_quarter + INTERVAL 6 HOUR
    AND (project, toStartOfInterval(hour, INTERVAL 6 HOUR)) IN (SELECT p, q FROM wanted)
GROUP BY project, quarter, service, environment, release, model, kind, step
-- @include storing
