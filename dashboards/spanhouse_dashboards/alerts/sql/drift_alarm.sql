-- How far the latest window of each watched feature and segment has moved, if it raised the drift alarm; else 0.
-- Parameters: the range, project, minimum_sample (windows).
-- Columns: feature, slice, value (share of calls that moved past some point, 0 to 1).
-- Leans on measurements' order (project, evaluator, name, window).
SELECT
    name AS feature,
    if(empty(segment), 'all calls', arrayStringConcat(arrayMap((key, value) -> concat(key, '=', value), mapKeys(segment), mapValues(segment)), ', ')) AS slice,
    argMax(if(alarm, ifNull(measurements.value, 0), 0), window_end) AS value
FROM measurements FINAL
WHERE project = ${project:singlequote}
    AND evaluator = 'drift'
    AND $__timeFilter(window_end)
    AND status = 'scored'
GROUP BY feature, slice
HAVING count() >= ${minimum_sample}
ORDER BY feature, slice
