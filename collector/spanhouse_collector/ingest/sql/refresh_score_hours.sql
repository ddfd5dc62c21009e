-- Counts the scores of whole hours, from the deduplicated scores.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: scores by month and project, and the primary key of scores_hour.
-- Groups that exist and have no scores any more are written with scores = 0, so that they do not keep their old figures.
INSERT INTO scores_hour
(
    project, hour, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target,
    label, scores, valued, value_sum, value_squares, value_min, value_max, tenths, lag_ms, cost_usd, priced_scores, version
)
WITH
    rows AS (
        SELECT project, toDateTime(toStartOfHour(time), 'UTC') AS hour, name, toString(source) AS source, evaluator, toString(status) AS status,
            reason, service, environment, release, model, prompt_name, prompt_version, toString(target) AS target, label, 1 AS scores,
            if(status = 'scored', value, NULL) AS value, dateDiff('millisecond', time, scored_at) AS lag_ms, cost_usd
        FROM scores FINAL
        WHERE time >= first_hour AND time < last_hour + INTERVAL 1 HOUR
            AND (project, toStartOfHour(time)) IN (SELECT p, h FROM wanted)
        UNION ALL
        SELECT project, hour, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version,
            target, label, 0, NULL, 0, NULL
        FROM scores_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted)),
    if(value BETWEEN 0 AND 1, toUInt8(least(floor(value * 10), 9)), 10) AS tenth,
    -- @include wanted_hours
SELECT
    project, hour, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target, label,
    sum(rows.scores),
    count(rows.value),
    sum(ifNull(rows.value, 0)),
    sum(ifNull(rows.value * rows.value, 0)),
    min(rows.value),
    max(rows.value),
    [countIf(tenth = 0), countIf(tenth = 1), countIf(tenth = 2), countIf(tenth = 3), countIf(tenth = 4), countIf(tenth = 5),
        countIf(tenth = 6), countIf(tenth = 7), countIf(tenth = 8), countIf(tenth = 9)],
    quantilesTDigestStateIf(0.5, 0.95)(rows.lag_ms, rows.scores = 1),
    sum(ifNull(rows.cost_usd, toDecimal64(0, 12))),
    countIf(rows.cost_usd IS NOT NULL),
    {version:UInt64}
FROM rows
GROUP BY project, hour, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target, label
