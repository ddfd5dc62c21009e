-- 95th percentile of the duration of LLM calls, by service and model.
-- Parameters: the range, project, minimum_sample (calls), minimum_slow (calls).
-- Columns: service, model, value (milliseconds; what the slowest `minimum_slow` calls took at least, where that is less).
-- Leans on spans_minute's order (project, minute).
WITH
    -- Of few calls the 95th percentile is the slowest one or two, which is chance; the digest's levels below it, down to what
    -- leaves enough calls above.
    [0.75, 0.8, 0.85, 0.9, 0.925, 0.95] AS levels,
    arrayLastIndex(level -> level <= greatest(levels[1], least(0.95, 1 - ${minimum_slow} / sum(spans))), levels) AS place
SELECT
    /*+ moment, */
    service,
    model,
    quantilesTDigestMerge(0.75, 0.8, 0.85, 0.9, 0.925, 0.95)(duration_ns)[place] / 1e6 AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY /*+ moment, */ service, model
HAVING sum(spans) >= ${minimum_sample}
ORDER BY service, model
