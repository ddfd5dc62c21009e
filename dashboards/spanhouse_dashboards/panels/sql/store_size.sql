-- How much room the largest tables of the store take on disk, before their replicas.
-- Parameters: the range and interval, project; the service tells it of itself, so no filter applies.
-- Columns: time, stored_table, disk_bytes.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    attributes['table'] AS stored_table,
    max(metrics_points.value) AS disk_bytes
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'spanhouse.store.size'
    AND $__timeFilter(metrics_points.time)
GROUP BY time, stored_table
ORDER BY time, stored_table
