-- What was sent and not stored: requests that the store refused (they are kept whole for 30 days), spans and the like that were left
-- out of a request for what is wrong with them, and what applications' SDKs say they lost on the way.
-- Parameters: the range and interval, project; such things were not decoded, or came from elsewhere, so no filter applies.
-- Columns: time, signal, reason, lost (count).
-- Leans on the orders of dead_letters (project, time), metrics_points (project, name, minute) and logs (project, minute).
SELECT
    $__timeInterval(told_at) AS time,
    signal,
    why AS reason,
    sum(items) AS lost
FROM (
    SELECT failed_at AS told_at, signal, reason AS why, 1.0 AS items
    FROM dead_letters
    WHERE project = ${project:singlequote}
        AND $__timeFilter(failed_at)
    UNION ALL
    SELECT metrics_points.time, attributes['signal'], concat('left out: ', attributes['reason']), toFloat64(metrics_points.value)
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name = 'spanhouse.items.rejected'
        AND $__timeFilter(metrics_points.time)
    UNION ALL
    SELECT
        logs.time, attributes['spanhouse.sdk.signal'], concat('lost by an SDK: ', attributes['spanhouse.sdk.reason']),
        toFloat64OrZero(attributes['spanhouse.sdk.count'])
    FROM logs FINAL
    WHERE project = ${project:singlequote}
        AND event_name = 'spanhouse.sdk.dropped'
        AND $__timeFilter(logs.time))
GROUP BY time, signal, reason
ORDER BY time, signal, reason
