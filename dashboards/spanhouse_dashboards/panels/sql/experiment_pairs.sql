-- Each experiment against the one before it: the mean difference of the items that both have, with its 95% interval.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: experiment, before, name (of the score), pairs (count), mean_before, mean_now, difference, low, high (none with fewer than two pairs).
-- Items are paired because they differ far more from each other than two versions of an application do.
-- Leans on the orders of spans (project, minute) and steps_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s, (
-- @include experiment_traces
) AS experiment_traces
SELECT
    experiment,
    before,
    name,
    count() AS pairs,
    avg(value_before) AS mean_before,
    avg(item_value) AS mean_now,
    mean_now - mean_before AS difference,
    if(pairs < 2, NULL, difference - 1.96 * stddevSamp(item_value - value_before) / sqrt(pairs)) AS low,
    if(pairs < 2, NULL, difference + 1.96 * stddevSamp(item_value - value_before) / sqrt(pairs)) AS high
FROM (
    SELECT
        experiment, name, first, item_value, place,
        lagInFrame(experiment) OVER of_item AS before,
        lagInFrame(item_value) OVER of_item AS value_before,
        lagInFrame(place) OVER of_item AS place_before
    FROM (
        -- @include experiment_scores
    )
    WHERE item_value IS NOT NULL
    WINDOW of_item AS (PARTITION BY item, name ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
WHERE place_before > 0 AND place_before = place - 1
GROUP BY experiment, before, name
ORDER BY max(first) DESC, experiment, name
LIMIT 100
