-- What jobs measured in the range: each figure of each segment, its newest window and how it went before.
-- Parameters: project; from, to (UTC). Columns: evaluator, name, unit, keys and labels (of the segment, in pairs), windows, value
-- (NULL: the newest window has none), is_alarm, alarms (windows), newest_end (UTC), reason, detail_names and detail_values (in pairs),
-- series (at most 60 values, the oldest first). Index: measurements by month and project; at most 300 rows, alarms first.
SELECT
    m.evaluator AS evaluator,
    m.name AS name,
    any(m.unit) AS unit,
    mapKeys(m.segment) AS keys,
    mapValues(m.segment) AS labels,
    count() AS windows,
    argMax(tuple(m.value), m.window_end).1 AS value,
    argMax(m.alarm, m.window_end) AS is_alarm,
    countIf(m.alarm) AS alarms,
    max(m.window_end) AS newest_end,
    argMax(m.reason, m.window_end) AS reason,
    mapKeys(argMax(m.details, m.window_end)) AS detail_names,
    mapValues(argMax(m.details, m.window_end)) AS detail_values,
    arrayMap(point -> point.2, arraySlice(arraySort(groupArrayIf(1000)((m.window_end, assumeNotNull(m.value)), m.value IS NOT NULL)), -60)) AS series
FROM measurements AS m FINAL
WHERE m.project = {project:String}
    AND m.window_end > {from:DateTime64(3, 'UTC')} AND m.window_end <= {to:DateTime64(3, 'UTC')}
GROUP BY m.evaluator, m.name, m.segment
ORDER BY is_alarm DESC, evaluator, name, keys, labels
LIMIT 300
