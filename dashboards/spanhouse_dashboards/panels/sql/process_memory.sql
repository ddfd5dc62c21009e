-- Memory of each service's processes.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, service, instance, used_bytes.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    service,
    arrayFirst(one -> one != '', [
        resource_attributes['service.instance.id'], resource_attributes['process.pid'], resource_attributes['host.name']
    ]) AS instance,
    avg(metrics_points.value) AS used_bytes
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name = 'process.memory.usage'
    -- @include metric_filters
GROUP BY time, service, instance
ORDER BY time, service, instance
