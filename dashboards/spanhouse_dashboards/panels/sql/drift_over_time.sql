-- Drift of watched features and segments against their references, one point a window, and whether it raised an alarm: of the 30
-- that moved most in the range, those that raised an alarm first.
-- Parameters: the range and interval, project, environment, service, model, release (where the segment names them).
-- Columns: time (window end), feature, slice ('all calls', or such as model small), moved (share of calls that moved past some point; of
--   mixes and labels the Jensen-Shannon distance), psi (population stability index, none where it could not be computed), alarm (0 or 1).
-- Leans on measurements' order (project, evaluator, name, window).
SELECT time, feature, slice, moved, psi, alarm
FROM (
    SELECT
        time, feature, slice, moved, psi, alarm,
        dense_rank() OVER (ORDER BY alarms DESC, furthest DESC, feature, slice) AS place
    FROM (
        SELECT
            window_end AS time,
            name AS feature,
            if(empty(segment), 'all calls', arrayStringConcat(arrayMap((key, value) -> concat(key, ' ', value), mapKeys(segment), mapValues(segment)), ', ')) AS slice,
            value AS moved,
            if(mapContains(details, 'psi'), details['psi'], NULL) AS psi,
            toUInt8(alarm) AS alarm,
            max(measurements.alarm) OVER (PARTITION BY name, segment) AS alarms,
            max(measurements.value) OVER (PARTITION BY name, segment) AS furthest
        FROM measurements FINAL
        WHERE project = ${project:singlequote}
            AND evaluator = 'drift'
            AND $__timeFilter(window_end)
            AND $__conditionalAll(segment['environment'] IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(segment['service'] IN (${service:singlequote}), $service)
            AND $__conditionalAll(segment['model'] IN (${model:singlequote}), $model)
            AND $__conditionalAll(segment['release'] IN (${release:singlequote}), $release)
            AND status = 'scored'
    )
)
WHERE place <= 30
ORDER BY time, feature, slice
