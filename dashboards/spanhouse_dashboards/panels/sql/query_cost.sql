-- How long the statements of each dashboard ran, in the console and through the ClickHouse port.
-- Parameters: the range and interval, project; the service tells it of itself, so no filter applies.
-- Columns: time, dashboard, spent_s (seconds of statements in each interval).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    attributes['dashboard'] AS dashboard,
    sum(metrics_points.value) AS spent_s
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'spanhouse.query.duration'
    AND $__timeFilter(metrics_points.time)
GROUP BY time, dashboard
ORDER BY time, dashboard
