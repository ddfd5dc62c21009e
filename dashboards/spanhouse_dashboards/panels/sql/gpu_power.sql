-- Power each GPU draws.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, gpu, watts; host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    -- @include metric_gpu
    avg(metrics_points.value) AS watts
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN ('hw.power', 'gpu.power.draw', 'DCGM_FI_DEV_POWER_USAGE')
    -- @include metric_filters
    AND (name != 'hw.power' OR attributes['hw.type'] = 'gpu')
GROUP BY time, host, gpu
ORDER BY time, host, gpu
