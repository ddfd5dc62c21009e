-- How fast the fans of each GPU turn.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, host, gpu, speed (share of full speed, 0 to 1); host is host.name or host.id of the resource, else the service.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include metric_host
    -- @include metric_gpu
    avg(if(name = 'hw.fan.speed_ratio' OR unit = '1', metrics_points.value, metrics_points.value / 100)) AS speed
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN ('hw.fan.speed_ratio', 'gpu.fan_speed', 'gpu.fan.speed', 'DCGM_FI_DEV_FAN_SPEED')
    -- @include metric_filters
GROUP BY time, host, gpu
ORDER BY time, host, gpu
