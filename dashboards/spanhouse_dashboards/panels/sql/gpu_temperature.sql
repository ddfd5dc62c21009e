-- Temperature of each GPU.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, gpu, celsius (degrees); host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    -- @include metric_gpu
    avg(metrics_points.value) AS celsius
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN ('hw.temperature', 'gpu.temperature', 'DCGM_FI_DEV_GPU_TEMP')
    -- @include metric_filters
    AND (name != 'hw.temperature' OR attributes['hw.type'] = 'gpu')
GROUP BY time, host, gpu
ORDER BY time, host, gpu
