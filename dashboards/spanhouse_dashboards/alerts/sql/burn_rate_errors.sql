-- How many times faster than its objective allows each service spends its error budget, by failed LLM calls.
-- Parameters: the range, project, objective (share of good calls), short_window_s (seconds), minimum_sample (calls).
-- Columns: service, value (times; the smaller of the whole range's and its last short window's, so that it ends when the trouble ends).
-- Leans on spans_minute's order (project, minute).
WITH
    1 - ${objective} AS budget,
    minute > $__toTime - INTERVAL ${short_window_s} SECOND AS is_recent
SELECT
    service,
    least(sum(errors) / sum(spans), sumIf(errors, is_recent) / sumIf(spans, is_recent)) / budget AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY service
HAVING sum(spans) >= ${minimum_sample} AND sumIf(spans, is_recent) > 0
ORDER BY service
