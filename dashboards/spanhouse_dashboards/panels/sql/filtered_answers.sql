-- Share of LLM calls whose answer the provider's own filter cut off.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, filtered_share (0 to 1).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT $__timeInterval(rolled.time) AS time, model, sum(filtered) / sum(finished) AS filtered_share
FROM (
    -- @include rolled_steps
) AS rolled
WHERE kind = 'llm' AND finished > 0
GROUP BY time, model
ORDER BY time, model
