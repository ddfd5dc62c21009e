-- Processors and GPUs of the services that report a loss.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, service, resource (name of the metric), share (0 to 1, of all its devices).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    time,
    service,
    resource,
    sum(mean) AS share
FROM (
    SELECT
        $__timeInterval(metrics_points.time) AS time,
        service,
        name AS resource,
        arrayFirst(one -> one != '', [
            attributes['cpu.mode'], attributes['state']
        ]) AS mode,
        avg(if(name = 'DCGM_FI_DEV_GPU_UTIL' OR lower(unit) IN ('%', 'percent'), 0.01, 1) * metrics_points.value) AS mean
    FROM metrics_points FINAL
    WHERE project = ${project:singlequote}
        AND name IN ('process.cpu.utilization', 'hw.gpu.utilization', 'hw.gpu.memory.utilization', 'gpu.utilization', 'DCGM_FI_DEV_GPU_UTIL')
        -- @include metric_filters
        AND service IN (
            SELECT service
            FROM metrics_points
            WHERE project = ${project:singlequote}
                AND match(name, '(?i)(^|[./_-])loss$')
                AND $__timeFilter(metrics_points.time)
        )
    GROUP BY time, service, resource, mode
)
GROUP BY time, service, resource
ORDER BY time, service, resource
