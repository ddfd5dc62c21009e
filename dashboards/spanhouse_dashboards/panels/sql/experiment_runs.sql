-- Experiments: how many traces they ran, how long those took and what they cost.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: experiment, time (of its first trace), traces, items (counts), error_rate (0 to 1, of traces with a failed span), p95 (milliseconds a trace), cost_usd (US dollars, none where no price is known).
-- Spans of an experiment carry spanhouse.metadata.experiment (and .item), langfuse.experiment.name or experiment.name.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s, (
-- @include experiment_traces
) AS experiment_traces
SELECT
    experiment,
    min(began) AS time,
    count() AS traces,
    uniqExactIf(item, item != '') AS items,
    avg(is_failed) AS error_rate,
    quantileTDigest(0.95)(lasted_ns) / 1e6 AS p95,
    sum(spent_usd) AS cost_usd
FROM (
    SELECT
        trace_id,
        max(status_code = 'Error') AS is_failed,
        max(toUnixTimestamp64Nano(start_time) + duration_ns) - min(toUnixTimestamp64Nano(start_time)) AS lasted_ns,
        toFloat64(sumIf(cost_usd, kind IN ('llm', 'embedding'))) AS spent_usd
    FROM spans FINAL
    WHERE
        -- @include in_experiment_minutes
        AND project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND trace_id IN (SELECT arrayJoin(experiment_traces.1))
    GROUP BY trace_id
) AS traces_run
INNER JOIN (
    SELECT one.1 AS trace_id, one.2 AS experiment, one.3 AS item, one.4 AS began
    FROM (SELECT arrayJoin(experiment_traces) AS one)
) AS named USING (trace_id)
GROUP BY experiment
ORDER BY time DESC, experiment
LIMIT 50
