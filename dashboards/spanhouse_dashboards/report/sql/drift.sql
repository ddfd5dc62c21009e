-- Features that raised the drift alarm in a week, in which segment, how often, and how far they moved at most. A single window is chance.
-- Parameters: project; from, to (UTC).
-- Columns: feature, slice, alarms (windows), furthest (share of calls that moved, 0 to 1), first_seen (UTC).
-- Index: measurements by project and evaluator.
SELECT
    name AS feature,
    if(empty(segment), 'all calls', concat('calls of ', arrayStringConcat(arrayMap((key, one) -> concat(key, ' ', one), mapKeys(segment), mapValues(segment)), ', '))) AS slice,
    countIf(alarm) AS alarms,
    maxIf(ifNull(measurements.value, 0), alarm) AS furthest,
    minIf(window_end, alarm) AS first_seen
FROM measurements FINAL
WHERE project = {project:String}
    AND evaluator = 'drift'
    AND window_end >= {from:DateTime64(3, 'UTC')} AND window_end < {to:DateTime64(3, 'UTC')}
    AND status = 'scored'
GROUP BY feature, slice
HAVING alarms > 1
ORDER BY furthest DESC, feature, slice
LIMIT 50
