-- Drift of each watched feature and segment against its reference, one point a window, and whether it raised an alarm.
-- Parameters: the range and interval, project, environment, service, model, release (where the segment names them).
-- Columns: time (window end), feature, slice ('all calls' or key=value pairs), moved (share of calls that moved past some point),
--   psi (population stability index, none where it could not be computed), alarm (0 or 1).
-- Leans on measurements' order (project, evaluator, name, window).
SELECT
    window_end AS time,
    name AS feature,
    if(empty(segment), 'all calls', arrayStringConcat(arrayMap((key, value) -> concat(key, '=', value), mapKeys(segment), mapValues(segment)), ', ')) AS slice,
    value AS moved,
    if(mapContains(details, 'psi'), details['psi'], NULL) AS psi,
    toUInt8(alarm) AS alarm
FROM measurements FINAL
WHERE project = ${project:singlequote}
    AND evaluator = 'drift'
    AND $__timeFilter(window_end)
    AND $__conditionalAll(segment['environment'] IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(segment['service'] IN (${service:singlequote}), $service)
    AND $__conditionalAll(segment['model'] IN (${model:singlequote}), $model)
    AND $__conditionalAll(segment['release'] IN (${release:singlequote}), $release)
    AND status = 'scored'
ORDER BY time, feature, slice
