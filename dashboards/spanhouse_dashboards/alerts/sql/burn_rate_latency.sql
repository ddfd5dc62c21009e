-- How many times faster than its objective allows each service spends its budget of slow LLM calls.
-- Parameters: the range, project, objective (share of fast calls), limit_ms (what is slow, milliseconds), short_window_s (seconds),
-- minimum_slow (slow calls in the short window; with fewer it is chance), minimum_sample (calls).
-- Columns: service, value (times; the smaller of the whole range's and its last short window's, so that it ends when the trouble ends; 0
-- without enough slow calls).
-- Leans on the order of spans (project, minute).
WITH
    1 - ${objective} AS budget,
    start_time > $__toTime - INTERVAL ${short_window_s} SECOND AS is_recent,
    duration_ns > ${limit_ms} * 1e6 AS is_slow
SELECT
    /*+ moment, */
    service,
    if(countIf(is_slow AND is_recent) < ${minimum_slow}, 0, least(countIf(is_slow) / count(), countIf(is_slow AND is_recent) / countIf(is_recent)) / budget) AS value
FROM spans FINAL
/*+ ARRAY JOIN $__moments(start_time) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(start_time) */
    AND $__timeFilter(start_time)
    AND kind = 'llm'
GROUP BY /*+ moment, */ service
HAVING count() >= ${minimum_sample} AND countIf(is_recent) > 0
ORDER BY service
