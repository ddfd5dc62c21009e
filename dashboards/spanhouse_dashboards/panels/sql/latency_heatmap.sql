-- How many LLM calls took how long; each bucket is named by its upper bound, padded so that names sort like bounds.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, bucket (seconds as text), calls (count).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT time, bucket, calls
FROM (
    SELECT $__timeInterval(rolled.time) AS time, sumForEach(duration_counts) AS counts
    FROM (
        -- @include rolled_steps
    ) AS rolled
    WHERE kind = 'llm'
    GROUP BY time
)
ARRAY JOIN
    arrayMap(upper_s -> if(upper_s = 0, 'over 100 s', printf('%5.1f s', upper_s)), [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 0]) AS bucket,
    counts AS calls
WHERE calls > 0
ORDER BY time, bucket
