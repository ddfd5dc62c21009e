-- The names of scores given to what happened in the range, for the filter. Hours that were counted by now stand for their scores.
-- Parameters: project; from, to (UTC). Columns: name.
-- Index: scores by month, project, name and minute, scores_hour by project and hour; at most 200 rows.
WITH
    toStartOfHour({from:DateTime64(3, 'UTC')} + INTERVAL 3599 SECOND) AS first_hour,
    toStartOfHour(least({to:DateTime64(3, 'UTC')}, now64(3, 'UTC') - INTERVAL 2 HOUR)) AS end_hour
SELECT DISTINCT name
FROM (
    SELECT name
    FROM scores
    WHERE project = {project:String}
        AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        AND (time < first_hour OR time >= end_hour)
    UNION ALL
    SELECT name
    FROM scores_hour FINAL
    WHERE project = {project:String} AND hour >= first_hour AND hour < end_hour AND scores > 0
)
ORDER BY name
LIMIT 200
-- Few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
