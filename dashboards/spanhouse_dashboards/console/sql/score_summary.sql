-- Each score of the range: how many have a value, how many failed or do not apply, and how the values lie.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all).
-- Columns: name, source, versions (of the evaluator), scored, failed, unscored, mean, low, median, high (10th, 50th and 90th
-- percentile), least, most (NULL without values), labels (the commonest), bins (20 counts of at most 10,000 values, from `from_value` to
-- `to_value`). Index: scores by month and project; at most 200 rows.
SELECT
    name,
    toString(source) AS source,
    arraySort(groupUniqArray(5)(evaluator_version)) AS versions,
    countIf(status = 'scored') AS scored,
    countIf(status = 'failed') AS failed,
    countIf(status = 'unscored') AS unscored,
    avg(value) AS mean,
    quantilesExact(0.1, 0.5, 0.9)(value) AS quantiles,
    quantiles[1] AS low,
    quantiles[2] AS median,
    quantiles[3] AS high,
    min(value) AS least,
    max(value) AS most,
    topKIf(5)(label, label != '') AS labels,
    -- Scores mostly lie between 0 and 1; others are drawn between their own ends.
    if(least >= 0 AND most <= 1, 0, least) AS from_value,
    if(least >= 0 AND most <= 1, 1, most) AS to_value,
    -- Any 10,000 of the values draw the same picture as all, and are looked through twenty times.
    arrayMap(bin -> toUInt32(arrayCount(
            v -> least(toInt32(floor((v - from_value) / (to_value - from_value) * 20)), 19) = bin,
            groupArraySampleIf(10000)(assumeNotNull(value), value IS NOT NULL))),
        range(20)) AS bins
FROM scores FINAL
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({release:String} = '' OR release = {release:String})
GROUP BY name, source
ORDER BY name, source
LIMIT 200
