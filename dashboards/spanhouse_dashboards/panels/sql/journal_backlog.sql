-- How many acknowledged bytes waited for the store in the journals of all collectors, at the worst moment of each interval.
-- Parameters: the range and interval, project; the service tells it of itself, so no filter applies.
-- Columns: time, signal, waiting_bytes.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT time, signal, sum(most_bytes) AS waiting_bytes
FROM (
    SELECT
        $__timeInterval(metrics_points.time) AS time,
        attributes['signal'] AS signal,
        resource_attributes['service.instance.id'] AS instance,
        max(metrics_points.value) AS most_bytes
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name = 'spanhouse.journal.size'
        AND $__timeFilter(metrics_points.time)
    GROUP BY time, signal, instance
)
GROUP BY time, signal
ORDER BY time, signal
