-- 95th percentile of the duration of LLM calls in the last part of the range against the rest of it, by service and model.
-- Parameters: the range, project, recent_s (length of the last part, seconds), minimum_sample (calls in either part).
-- Columns: service, model, value (ratio; 2 is twice as slow).
-- Leans on spans_minute's order (project, minute).
WITH minute > $__toTime - INTERVAL ${recent_s} SECOND AS is_recent
SELECT
    service,
    model,
    quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, is_recent)[3]
        / quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, NOT is_recent)[3] AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY service, model
HAVING sumIf(spans, is_recent) >= ${minimum_sample} AND sumIf(spans, NOT is_recent) >= ${minimum_sample}
ORDER BY service, model
