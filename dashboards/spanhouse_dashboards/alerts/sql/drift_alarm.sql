-- Whether the latest window of each watched feature and segment raised the drift alarm.
-- Parameters: the range, project, minimum_sample (windows).
-- Columns: feature, slice, value (0 or 1).
-- Leans on measurements' order (project, evaluator, name, window).
SELECT
    name AS feature,
    arrayStringConcat(arrayMap((key, value) -> concat(key, '=', value), mapKeys(segment), mapValues(segment)), ', ') AS slice,
    toFloat64(argMax(alarm, window_end)) AS value
FROM measurements FINAL
WHERE project = ${project:singlequote}
    AND evaluator = 'drift'
    AND $__timeFilter(window_end)
    AND status = 'scored'
GROUP BY feature, slice
HAVING count() >= ${minimum_sample}
ORDER BY feature, slice
