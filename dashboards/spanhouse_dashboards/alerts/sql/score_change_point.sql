-- How far one evaluator's mean has fallen below the mean of the time before, once chance is ruled out, by service.
-- Parameters: the range, project, score (its name), recent_s (the last part of the range, in which a fall is looked for,
-- seconds), fall (how much lower counts), average_run_length (half minutes with scores until chance alone gives an alarm,
-- on average), minimum_sample (scores in either part).
-- Columns: service, value (the fall since it began, above `fall` exactly where there is an alarm; else at most `fall`).
-- The Shiryaev-Roberts e-detector of Shin, Ramdas and Rinaldo (2022), arXiv 2203.03532, averaged over fourteen bets, on the
-- means of half minutes; the sums over all beginnings of a fall are cumulative sums from the newest mean backwards, and each
-- bet is scaled by how the means before it scattered. It sees the last part only, so the average run is at least the one stated.
-- Leans on scores' order (project, name, minute).
WITH
    halves AS (
        SELECT service, toStartOfInterval(toDateTime(scores.time), INTERVAL 30 SECOND) AS half, sum(assumeNotNull(scores.value)) AS total, count() AS scored
        FROM scores FINAL
        WHERE project = ${project:singlequote}
            AND name = ${score:singlequote}
            /*+ AND $__replayed(scores.time) */
            /*live*/ AND $__timeFilter(scores.time) /*end*/
            AND source = 'evaluator'
            AND status = 'scored'
            AND scores.value BETWEEN 0 AND 1
        GROUP BY service, half
    ),
    parts AS (
        SELECT
            $__toTime AS until,
            service,
            sumIf(total, half < until - ${recent_s}) / sumIf(scored, half < until - ${recent_s}) AS before,
            least(before - ${fall}, 0.999) AS objective,
            objective * (1 - objective) AS widest,
            arrayMap(pair -> pair.2, arrayReverseSort(groupArrayIf((half, total / scored), half >= until - ${recent_s}))) AS means,
            arrayMap(mean -> objective - mean, means) AS shortfalls,
            arraySum(one -> one * one, shortfalls) AS squares,
            arrayMap(
                (newer, n) -> sqrt(least((30 * widest + squares - newer) / (30 + length(means) - n), widest)),
                arrayCumSum(one -> one * one, shortfalls),
                arrayEnumerate(means)
            ) AS spreads
        FROM halves
        /*+ ARRAY JOIN $__moments(half) AS moment */
        WHERE half >= $__fromTime AND half + INTERVAL 30 SECOND <= $__toTime
        GROUP BY until, service
        HAVING sumIf(scored, half < until - ${recent_s}) >= ${minimum_sample}
            AND sumIf(scored, half >= until - ${recent_s}) >= ${minimum_sample}
            AND objective > 0
    ),
    judged AS (
        SELECT
            until,
            service,
            before,
            means,
            arrayMap(step -> 0.03 * pow(2 / 0.03, step / 13), range(14)) AS falls,
            arraySum(arrayMap(
                fall -> pow(fall, -0.5) * arraySum(one -> exp(one), arrayCumSum(arrayMap(
                    (one, spread) -> log(greatest(1 + least(fall / spread, 0.99 / (1 - objective)) * one, 1e-12)), shortfalls, spreads
                ))),
                falls
            )) / arraySum(fall -> pow(fall, -0.5), falls) >= ${average_run_length} AS alarm,
            arrayCumSum(shortfalls) AS sums,
            indexOf(sums, arrayMax(sums)) AS since
        FROM parts
    )
SELECT
    /*+ until AS moment, */
    service,
    if(alarm, before - arrayAvg(arraySlice(means, 1, since)), least(before - arrayAvg(means), ${fall})) AS value
FROM judged
ORDER BY service
