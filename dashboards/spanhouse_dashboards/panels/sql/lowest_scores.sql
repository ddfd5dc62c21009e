-- The 20 lowest scores of the range, newest first among equals.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: scored_span (its start), name, score, trace_id, why (explanation or label).
-- Leans on the orders of scores (project, name, minute) and scores_hour (project, hour) and on their months. Where points lie whole
-- hours apart, only those hours are looked at that have the lowest minima: each holds one of the 20, or none is lower elsewhere.
SELECT
    scores.time AS scored_span,
    name,
    scores.value AS score,
    trace_id,
    if(explanation = '', label, explanation) AS why
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND ($__interval_s % 3600 != 0
        OR scores.time < toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
        OR scores.time >= toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
        OR toStartOfMinute(scores.time) IN (
            SELECT arrayJoin(timeSlots(hour, toUInt32(3599), 60))
            FROM (
                SELECT hour
                FROM scores_hour FINAL
                WHERE project = ${project:singlequote}
                    AND $__interval_s % 3600 = 0
                    AND hour >= toStartOfHour($__fromTime + INTERVAL 3599 SECOND, 'UTC')
                    AND hour < toStartOfHour(least($__toTime, now() - INTERVAL 2 HOUR), 'UTC')
                    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
                    AND $__conditionalAll(service IN (${service:singlequote}), $service)
                    AND $__conditionalAll(model IN (${model:singlequote}), $model)
                    AND $__conditionalAll(release IN (${release:singlequote}), $release)
                    AND valued > 0
                GROUP BY hour
                ORDER BY min(value_min), hour DESC
                LIMIT 20)))
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND status = 'scored'
    AND scores.value IS NOT NULL
ORDER BY score, scored_span DESC, name, trace_id
LIMIT 20
