-- Training runs with their newest and best figures, 50 at most, newest first.
-- Parameters: the range and interval, project, environment, service, release; metrics know no model.
-- Columns: time (newest point), run, service, points (count), duration_s (seconds), last_loss, best_loss, best_accuracy (none
-- where not reported); run is the first of the attributes run.id, run_id, run.name and run, the resource's run.id, run.name and
-- service.instance.id, and the service.
-- Leans on the order of metrics_points (project, name, minute) and its months; names are looked up first, so that
-- only their points are read.
SELECT
    max(metrics_points.time) AS time,
    -- @include training_run
    service,
    count() AS points,
    dateDiff('millisecond', min(metrics_points.time), max(metrics_points.time)) / 1000 AS duration_s,
    argMaxIf(metrics_points.value, metrics_points.time, match(name, '(?i)(^|[./_-])loss$')) AS last_loss,
    minIf(metrics_points.value, match(name, '(?i)(^|[./_-])loss$')) AS best_loss,
    maxIf(metrics_points.value, match(name, '(?i)(^|[./_-])(accuracy|acc)$')) AS best_accuracy
FROM metrics_points FINAL
WHERE project = ${project:singlequote}
    AND name IN (
        SELECT DISTINCT name
        FROM metrics_points
        WHERE project = ${project:singlequote}
            AND match(name, '(?i)(^|[./_-])(loss|accuracy|acc)$')
            AND $__timeFilter(metrics_points.time)
    )
    -- @include metric_filters
GROUP BY run, service
ORDER BY time DESC, run, service
LIMIT 50
