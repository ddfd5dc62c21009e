-- How many LLM calls took how long for each output token after the first one; each bucket is named by its upper bound, padded so that names sort like bounds.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, bucket (milliseconds as text), calls (count).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT time, bucket, calls
FROM (
    SELECT $__timeInterval(rolled.time) AS time, sumForEach(token_time_counts) AS counts
    FROM (
        -- @include rolled_steps
    ) AS rolled
    WHERE kind = 'llm'
    GROUP BY time
)
ARRAY JOIN
    arrayMap(upper_ms -> if(upper_ms = 0, 'over 500 ms', printf('%4d ms', upper_ms)), [5, 10, 20, 30, 50, 100, 200, 500, 0]) AS bucket,
    counts AS calls
WHERE calls > 0
ORDER BY time, bucket
