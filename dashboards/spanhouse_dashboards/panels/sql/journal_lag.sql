-- How long the oldest acknowledged request waited for the store, the worst of each interval over all collectors.
-- Parameters: the range and interval, project; the service tells it of itself, so no filter applies.
-- Columns: time, signal, lag_s (seconds; 0 where nothing waited).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    attributes['signal'] AS signal,
    max(metrics_points.value) AS lag_s
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'spanhouse.journal.age'
    AND $__timeFilter(metrics_points.time)
GROUP BY time, signal
ORDER BY time, signal
