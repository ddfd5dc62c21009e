-- Each experiment against the one before it: the mean difference of the items that both have, with its 95 % interval.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: experiment, before, name (of the score), pairs (count), mean_before, mean_now, difference, low, high (none with fewer than two pairs).
-- Items are paired because they differ far more from each other than two versions of an application do.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
WITH
    -- There is no axis of time, so whole hours will do.
    3600 AS grain_s,
    experiment_traces AS (
-- @include experiment_traces
    ),
    items AS (
    -- @include experiment_scores
    ),
    followers AS (
        SELECT experiment, lagInFrame(experiment) OVER (ORDER BY started, experiment ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
        FROM (SELECT experiment, min(began) AS started FROM experiment_traces GROUP BY experiment)
    )
SELECT
    now.experiment AS experiment,
    followers.before AS before,
    now.name AS name,
    count() AS pairs,
    avg(earlier.item_value) AS mean_before,
    avg(now.item_value) AS mean_now,
    mean_now - mean_before AS difference,
    if(pairs < 2, NULL, difference - 1.96 * stddevSamp(now.item_value - earlier.item_value) / sqrt(pairs)) AS low,
    if(pairs < 2, NULL, difference + 1.96 * stddevSamp(now.item_value - earlier.item_value) / sqrt(pairs)) AS high
FROM items AS now
INNER JOIN followers ON followers.experiment = now.experiment
INNER JOIN items AS earlier ON earlier.experiment = followers.before AND earlier.item = now.item AND earlier.name = now.name
WHERE now.item_value IS NOT NULL AND earlier.item_value IS NOT NULL
GROUP BY experiment, before, name
ORDER BY max(now.first) DESC, experiment, name
LIMIT 100
