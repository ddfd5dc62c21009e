-- Share of each file system in use.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, mountpoint, share (0 to 1); host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    arrayFirst(one -> one != '', [
        attributes['system.filesystem.mountpoint'], attributes['mountpoint']
    ]) AS mountpoint,
    avg(metrics_points.value) AS share
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'system.filesystem.utilization'
    -- @include metric_filters
    AND arrayFirst(one -> one != '', [
        attributes['system.filesystem.state'], attributes['state']
    ]) IN ('used', '')
GROUP BY time, host, mountpoint
ORDER BY time, host, mountpoint
