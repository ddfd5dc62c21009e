-- Why models stopped writing: answers cut short show as length.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, reason, calls (count).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    reason,
    sum(times) AS calls
FROM (
    -- @include rolled_steps
) AS rolled
ARRAY JOIN finish_reasons AS reason, finish_counts AS times
WHERE kind = 'llm'
GROUP BY time, reason
ORDER BY time, reason
