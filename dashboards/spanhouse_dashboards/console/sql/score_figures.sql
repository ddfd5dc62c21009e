-- Mean, spread and number of each score that evaluators gave to what happened in a window. Of hours and quarters of days that were
-- counted by now one row stands for all.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all).
-- Columns: name, mean, spread (standard deviation of the sample), scored (values).
-- Index: scores by month, project and minute, scores_hour by project and hour, scores_quarter by project and quarter.
WITH
    toStartOfHour({from:DateTime64(3, 'UTC')} + INTERVAL 3599999 MILLISECOND) AS first_hour,
    toStartOfHour(least({to:DateTime64(3, 'UTC')}, now64(3, 'UTC') - INTERVAL 2 HOUR)) AS end_hour,
    toStartOfInterval(first_hour + INTERVAL 21599 SECOND, INTERVAL 6 HOUR) AS first_quarter,
    toStartOfInterval(end_hour, INTERVAL 6 HOUR) AS end_quarter
SELECT
    name,
    sum(value_sum) / sum(valued) AS mean,
    -- The squares' sum less that of the mean, as rounding may leave it, by n - 1: the sample's variance.
    sqrt(greatest(0, sum(value_squares) - sum(valued) * mean * mean) / (sum(valued) - 1)) AS spread,
    sum(valued) AS scored
FROM (
    SELECT name, 1 AS valued, ifNull(value, 0) AS value_sum, value_sum * value_sum AS value_squares
    FROM scores FINAL
    WHERE
        -- @include score_filters
        AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        AND (time < first_hour OR time >= end_hour)
        AND scores.value IS NOT NULL
    UNION ALL
    SELECT name, valued, value_sum, value_squares
    FROM scores_hour FINAL
    WHERE
        -- @include score_filters
        AND hour >= first_hour AND hour < end_hour
        AND (hour < first_quarter OR hour >= end_quarter)
    UNION ALL
    SELECT name, valued, value_sum, value_squares
    FROM scores_quarter FINAL
    WHERE
        -- @include score_filters
        AND quarter >= first_quarter AND quarter < end_quarter
)
GROUP BY name
HAVING scored > 1
ORDER BY name
LIMIT 200
