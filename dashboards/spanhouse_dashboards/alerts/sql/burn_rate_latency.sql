-- How many times faster than its objective allows each service spends its budget of slow LLM calls.
-- Parameters: the range, project, objective (share of fast calls), limit_ms (what is slow, milliseconds), short_window_s (seconds),
-- minimum_slow (slow calls in the short window; with fewer it is chance), minimum_sample (calls).
-- Columns: service, value (times; the smaller of the whole range's and its last short window's, so that it ends when the trouble ends; 0
-- without enough slow calls).
-- Leans on spans_minute's order (project, minute): an hour of spans at full load takes seconds and hundreds of MB.
WITH ${limit_ms} * 1e6 AS limit_ns
SELECT
    /*+ moment, */
    service,
    if(sumIf(calls * slow_share, is_recent) < ${minimum_slow}, 0, min(slow_share) / (1 - ${objective})) AS value
FROM (
    SELECT
        /*+ moment, */
        service,
        is_recent,
        sum(spans) AS calls,
        -- @include spanhouse_dashboards.panels.sql.slow_share
    FROM spans_minute FINAL
    /*+ ARRAY JOIN $__moments(minute) AS moment */
    -- Once in the whole range, and once more in its last short window.
    ARRAY JOIN if(minute > $__toTime - INTERVAL ${short_window_s} SECOND, [false, true], [false]) AS is_recent
    WHERE project = ${project:singlequote}
        /*+ AND $__replayed(minute) */
        AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
        AND kind = 'llm'
    GROUP BY /*+ moment, */ service, is_recent
)
GROUP BY /*+ moment, */ service
HAVING sumIf(calls, NOT is_recent) >= ${minimum_sample} AND countIf(is_recent) > 0
ORDER BY service
