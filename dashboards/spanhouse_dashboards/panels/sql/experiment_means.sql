-- Each score's mean in each of the ten newest experiments.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name (of the score), experiment, mean.
-- Spans of an experiment carry spanhouse.metadata.experiment (and .item), langfuse.experiment.name or experiment.name.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s, (
-- @include experiment_traces
) AS experiment_traces
SELECT name, experiment, avg(item_value) AS mean
FROM (
    -- @include experiment_scores
)
WHERE place > length(arrayDistinct(experiment_traces.2)) - 10
GROUP BY name, experiment
HAVING mean IS NOT NULL
ORDER BY name, experiment
