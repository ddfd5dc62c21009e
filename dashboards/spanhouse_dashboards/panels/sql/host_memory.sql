-- Share of each host's memory in use.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, share (0 to 1); host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    avg(metrics_points.value) AS share
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'system.memory.utilization'
    -- @include metric_filters
    AND arrayFirst(one -> one != '', [
        attributes['system.memory.state'], attributes['state']
    ]) IN ('used', '')
GROUP BY time, host
ORDER BY time, host
