-- How many times faster than its objective allows each service spends its error budget, by failed LLM calls.
-- Parameters: the range, project, objective (share of good calls), short_window_s (seconds), minimum_errors (failed calls in the
-- short window; with fewer it is chance), minimum_sample (calls).
-- Columns: service, value (times; the smaller of the whole range's and its last short window's, so that it ends when the trouble ends; 0
-- without enough failed calls).
-- Leans on spans_minute's order (project, minute).
WITH
    1 - ${objective} AS budget,
    minute > $__toTime - INTERVAL ${short_window_s} SECOND AS is_recent
SELECT
    /*+ moment, */
    service,
    if(sumIf(errors, is_recent) < ${minimum_errors}, 0, least(sum(errors) / sum(spans), sumIf(errors, is_recent) / sumIf(spans, is_recent)) / budget) AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY /*+ moment, */ service
HAVING sum(spans) >= ${minimum_sample} AND sumIf(spans, is_recent) > 0
ORDER BY service
