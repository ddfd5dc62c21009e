-- 95th percentile of the duration of LLM calls in the last part of the range against the rest of it, by service and model.
-- Parameters: the range, project, recent_s (length of the last part, seconds), minimum_sample (calls in either part),
-- minimum_slow (calls).
-- Columns: service, model, value (ratio; 2 is twice as slow; of what the slowest `minimum_slow` recent calls took at least, where that is less).
-- Leans on spans_minute's order (project, minute).
WITH
    -- Of few calls the 95th percentile is the slowest one or two, which is chance; the digest's levels below it, down to what
    -- leaves enough calls above.
    [0.75, 0.8, 0.85, 0.9, 0.925, 0.95] AS levels,
    minute > $__toTime - INTERVAL ${recent_s} SECOND AS is_recent,
    arrayLastIndex(level -> level <= greatest(levels[1], least(0.95, 1 - ${minimum_slow} / sumIf(spans, is_recent))), levels) AS place
SELECT
    /*+ moment, */
    service,
    model,
    quantilesTDigestMergeIf(0.75, 0.8, 0.85, 0.9, 0.925, 0.95)(duration_ns, is_recent)[place]
        / quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, NOT is_recent)[3] AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY /*+ moment, */ service, model
HAVING sumIf(spans, is_recent) >= ${minimum_sample} AND sumIf(spans, NOT is_recent) >= ${minimum_sample}
ORDER BY service, model
