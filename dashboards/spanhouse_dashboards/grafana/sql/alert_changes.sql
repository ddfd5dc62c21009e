-- Marks when the built-in alerter fired and resolved.
-- Parameters: the range, project.
-- Columns: time, text.
-- Leans on alerts' months; alerts are few.
SELECT
    changed_at AS time,
    message AS text
FROM alerts
WHERE project = ${project:singlequote}
    AND $__timeFilter(changed_at)
    AND state IN ('firing', 'resolved')
ORDER BY time
