-- The 50 latest windows that raised a drift alarm, with the figures behind it.
-- Parameters: the range, project, environment, service, model, release (where the segment names them).
-- Columns: until (end of the window), feature, slice, moved (0 to 1: the share of calls, of
-- mixes and labels the Jensen-Shannon distance), p_value (adjusted for all series of the run), calls, reference_calls.
-- Leans on measurements' order (project, evaluator, name, window).
SELECT
    measurements.window_end AS until,
    name AS feature,
    if(empty(segment), 'all calls', arrayStringConcat(arrayMap((key, value) -> concat(key, ' ', value), mapKeys(segment), mapValues(segment)), ', ')) AS slice,
    value AS moved,
    details['p_adjusted'] AS p_value,
    details['n_current'] AS calls,
    details['n_reference'] AS reference_calls
FROM measurements FINAL
WHERE project = ${project:singlequote}
    AND evaluator = 'drift'
    AND $__timeFilter(window_end)
    AND $__conditionalAll(segment['environment'] IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(segment['service'] IN (${service:singlequote}), $service)
    AND $__conditionalAll(segment['model'] IN (${model:singlequote}), $model)
    AND $__conditionalAll(segment['release'] IN (${release:singlequote}), $release)
    AND alarm
ORDER BY until DESC, feature, slice
LIMIT 50
