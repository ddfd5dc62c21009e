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
        sumForEach(arrayMap(window -> if(shortest <= window, made, 0), range(1, 7))) AS calls,
        sumForEach(arrayMap(window -> if(shortest <= window, gone_wrong, 0), range(1, 7))) AS failed,
        sumForEach(arrayMap(window -> if(shortest <= window, too_long, 0), range(1, 7))) AS slow
    FROM (
        -- Each call once, by the shortest of the windows that it lies in: millions of calls would else be added to every one.
        WITH dateDiff('second', start_time, $__toTime) AS age_s
        SELECT
            service,
            1 + (age_s >= 300) + (age_s >= 1800) + (age_s >= 3600) + (age_s >= 21600) + (age_s >= 86400) + (age_s >= 259200) AS shortest,
            count() AS made,
            countIf(status_code = 'Error') AS gone_wrong,
            countIf(duration_ns > ${latency_limit_ms} * 1e6) AS too_long
        FROM spans FINAL
        WHERE project = ${project:singlequote}
            AND start_time > $__toTime - INTERVAL 3 DAY AND start_time <= $__toTime
            AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
            AND $__conditionalAll(service IN (${service:singlequote}), $service)
            AND $__conditionalAll(model IN (${model:singlequote}), $model)
            AND $__conditionalAll(release IN (${release:singlequote}), $release)
            AND kind = 'llm'
        GROUP BY service, shortest
    )
    GROUP BY service
)
ARRAY JOIN [
    ('no error', arrayMap((bad, made) -> if(made = 0, NULL, bad / made / (1 - ${error_objective})), failed, calls)),
    (concat('within ', toString(${latency_limit_ms} / 1000), ' s'),
        arrayMap((bad, made) -> if(made = 0, NULL, bad / made / (1 - ${latency_objective})), slow, calls))
] AS held
ORDER BY service, promise
