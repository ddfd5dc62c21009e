-- Share of the processors that each service's processes use.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, service, instance, share (0 to 1).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    time,
    service,
    instance,
    sum(mean) AS share
FROM (
    SELECT
        $__timeInterval(metrics_points.time) AS time,
        service,
        arrayFirst(one -> one != '', [
            resource_attributes['service.instance.id'], resource_attributes['process.pid'], resource_attributes['host.name']
        ]) AS instance,
        arrayFirst(one -> one != '', [
            attributes['cpu.mode'], attributes['process.cpu.state'], attributes['state']
        ]) AS mode,
        avg(metrics_points.value) AS mean
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name = 'process.cpu.utilization'
        -- @include metric_filters
    GROUP BY time, service, instance, mode
)
GROUP BY time, service, instance
ORDER BY time, service, instance
