-- What was sent and not stored: requests that the store refused, spans and the like that were left out of a request for what is
-- wrong with them, and what applications' SDKs say they lost on the way.
-- Parameters: the range, project, minimum_sample (how many).
-- Columns: signal, reason, value (count).
-- Leans on the orders of dead_letters (project, time), metrics_points (project, name, minute) and logs (project, minute).
SELECT
    /*+ moment, */
    signal,
    why AS reason,
    sum(lost) AS value
FROM (
    SELECT failed_at AS told_at, signal, reason AS why, 1.0 AS lost
    FROM dead_letters
    WHERE project = ${project:singlequote}
        /*+ AND $__replayed(failed_at) */
        /*live*/ AND $__timeFilter(failed_at) /*end*/
    UNION ALL
    SELECT metrics_points.time, attributes['signal'], concat('left out: ', attributes['reason']), toFloat64(metrics_points.value)
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name = 'spanhouse.items.rejected'
        /*+ AND $__replayed(metrics_points.time) */
        /*live*/ AND $__timeFilter(metrics_points.time) /*end*/
    UNION ALL
    SELECT
        logs.time, attributes['spanhouse.sdk.signal'], concat('lost by an SDK: ', attributes['spanhouse.sdk.reason']),
        toFloat64OrZero(attributes['spanhouse.sdk.count'])
    FROM logs FINAL
    WHERE project = ${project:singlequote}
        AND event_name = 'spanhouse.sdk.dropped'
        /*+ AND $__replayed(logs.time) */
        /*live*/ AND $__timeFilter(logs.time) /*end*/)
/*+ ARRAY JOIN $__moments(told_at) AS moment */
/*+ WHERE $__timeFilter(told_at) */
GROUP BY /*+ moment, */ signal, reason
HAVING value >= ${minimum_sample}
ORDER BY signal, reason
