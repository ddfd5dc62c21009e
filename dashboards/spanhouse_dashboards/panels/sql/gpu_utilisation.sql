-- Share of the time in which each GPU works.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, gpu, share (0 to 1); host is host.name or host.id of the resource, else the service.
-- DCGM_FI_DEV_GPU_UTIL is in percent, the others as their unit says.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    -- @include metric_gpu
    avg(if(name = 'DCGM_FI_DEV_GPU_UTIL' OR lower(unit) IN ('%', 'percent'), 0.01, 1) * metrics_points.value) AS share
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN ('hw.gpu.utilization', 'gpu.utilization', 'DCGM_FI_DEV_GPU_UTIL')
    -- @include metric_filters
GROUP BY time, host, gpu
ORDER BY time, host, gpu
