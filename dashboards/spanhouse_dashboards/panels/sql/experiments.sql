-- Experiments: each score's mean over the items, with its 95% interval and how many of those asked for have a value.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: experiment, name (of the score), items (count), coverage (0 to 1), mean, low, high (none with fewer than two values).
-- Spans of an experiment carry spanhouse.metadata.experiment (and .item), langfuse.experiment.name or experiment.name.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s, (
-- @include experiment_traces
) AS experiment_traces
SELECT
    experiment,
    name,
    uniqExact(item) AS items,
    sum(scored) / sum(asked) AS coverage,
    avg(item_value) AS mean,
    if(count(item_value) < 2, NULL, mean - 1.96 * stddevSamp(item_value) / sqrt(count(item_value))) AS low,
    if(count(item_value) < 2, NULL, mean + 1.96 * stddevSamp(item_value) / sqrt(count(item_value))) AS high
FROM (
    -- @include experiment_scores
)
GROUP BY experiment, name
ORDER BY max(first) DESC, experiment, name
LIMIT 100
