-- How many times faster than promised each service spends its error budgets, over the windows that end with the range.
-- Parameters: the range (its end counts, not its begin), project, environment, service, model, release.
-- error_objective, latency_objective (shares of good calls) and latency_limit_ms (milliseconds) are those of the alert rules.
-- Columns: service, promise, last_5_min, last_30_min, last_hour, last_6_hours, last_day, last_3_days (times; none without calls).
-- Leans on the order of spans (project, minute) and its days; reads at most three of them.
SELECT
    service,
    held.1 AS promise,
    held.2[1] AS last_5_min,
    held.2[2] AS last_30_min,
    held.2[3] AS last_hour,
    held.2[4] AS last_6_hours,
    held.2[5] AS last_day,
    held.2[6] AS last_3_days
FROM (
    SELECT
        service,
        sumForEach(arrayMap(length_s -> toUInt64(age_s < length_s), windows_s)) AS calls,
        sumForEach(arrayMap(length_s -> toUInt64(age_s < length_s AND is_failed), windows_s)) AS failed,
        sumForEach(arrayMap(length_s -> toUInt64(age_s < length_s AND is_slow), windows_s)) AS slow
    FROM (
        SELECT
            service,
            [300, 1800, 3600, 21600, 86400, 259200] AS windows_s,
            dateDiff('second', start_time, $__toTime) AS age_s,
            status_code = 'Error' AS is_failed,
            duration_ns > ${latency_limit_ms} * 1e6 AS is_slow
        FROM spans FINAL
        WHERE project = ${project:singlequote}
            AND start_time > $__toTime - INTERVAL 3 DAY AND start_time <= $__toTime
            AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(model IN (${model:singlequote}), $model)
            AND $__conditionalAll(release IN (${release:singlequote}), $release)
            AND kind = 'llm'
    )
    GROUP BY service
)
ARRAY JOIN [
    ('no error', arrayMap((bad, made) -> if(made = 0, NULL, bad / made / (1 - ${error_objective})), failed, calls)),
    (concat('within ', toString(${latency_limit_ms} / 1000), ' s'),
        arrayMap((bad, made) -> if(made = 0, NULL, bad / made / (1 - ${latency_objective})), slow, calls))
] AS held
ORDER BY service, promise
