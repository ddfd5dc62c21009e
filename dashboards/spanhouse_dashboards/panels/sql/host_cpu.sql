-- Share of each host's processors that work.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, share (0 to 1); host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    time,
    host,
    sumIf(mean, mode NOT IN ('idle', 'iowait', 'wait')) / uniqExact(cpu) AS share
FROM (
    SELECT
        $__timeInterval(metrics_points.time) AS time,
        arrayFirst(one -> one != '', [
            resource_attributes['host.name'], resource_attributes['host.id'], attributes['Hostname'],
            attributes['host.name'], toString(service)
        ]) AS host,
        arrayFirst(one -> one != '', [
            attributes['cpu.logical_number'], attributes['system.cpu.logical_number'], attributes['cpu']
        ]) AS cpu,
        arrayFirst(one -> one != '', [
            attributes['cpu.mode'], attributes['system.cpu.state'], attributes['state']
        ]) AS mode,
        avg(metrics_points.value) AS mean
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name = 'system.cpu.utilization'
        -- @include metric_filters
    GROUP BY time, host, cpu, mode
)
GROUP BY time, host
ORDER BY time, host
