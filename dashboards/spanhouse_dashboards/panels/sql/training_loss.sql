-- Loss of training jobs.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time, run, metric, loss (mean). A metric's last word tells what it is; run is the first of the attributes run.id, run_id, run.name and run, the resource's run.id, run.name and
-- service.instance.id, and the service.
-- Leans on the order of metrics_points (project, name, minute) and its months; names are looked up first, so that
-- only their points are read.
SELECT
    $__timeInterval(metrics_points.time) AS time,
    -- @include training_run
    name AS metric,
    avg(metrics_points.value) AS loss
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN (
        SELECT DISTINCT name
        FROM metrics_points
        WHERE project = ${project:singlequote}
            AND match(name, '(?i)(^|[./_-])(loss)$')
            AND $__timeFilter(metrics_points.time)
    )
    -- @include metric_filters
GROUP BY time, run, metric
ORDER BY time, run, metric
