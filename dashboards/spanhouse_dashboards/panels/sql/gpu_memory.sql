-- Memory in use on each GPU.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, gpu, used_bytes; host is host.name or host.id of the resource, else the service.
-- DCGM_FI_DEV_FB_USED is in MiB, the others as their unit says.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    -- @include metric_gpu
    avg(multiIf(name = 'DCGM_FI_DEV_FB_USED' OR unit IN ('MiBy', 'MiB'), 1048576, unit IN ('MBy', 'MB'), 1000000, 1) * metrics_points.value) AS used_bytes
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN ('hw.gpu.memory.usage', 'gpu.memory.used', 'DCGM_FI_DEV_FB_USED')
    -- @include metric_filters
GROUP BY time, host, gpu
ORDER BY time, host, gpu
