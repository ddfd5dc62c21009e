-- Why scores of the range have no value, the commonest reasons first. Of hours and quarters of days that were counted by now one row
-- stands for all.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all).
-- Columns: name, status, reason, times, since (UTC, the begin of the hour, or of the six hours, that holds the newest of them).
-- Index: scores by month, project and minute, scores_hour by project and hour, scores_quarter by project and quarter; at most 50 rows.
WITH
    toStartOfHour({from:DateTime64(3, 'UTC')} + INTERVAL 3599999 MILLISECOND) AS first_hour,
    toStartOfHour(least({to:DateTime64(3, 'UTC')}, now64(3, 'UTC') - INTERVAL 2 HOUR)) AS end_hour,
    toStartOfInterval(first_hour + INTERVAL 21599 SECOND, INTERVAL 6 HOUR) AS first_quarter,
    toStartOfInterval(end_hour, INTERVAL 6 HOUR) AS end_quarter
SELECT name, status, reason, sum(scores) AS times, max(at) AS since
FROM (
    SELECT name, toString(status) AS status, reason, 1 AS scores, toStartOfHour(time) AS at
    FROM scores FINAL
    WHERE
        -- @include score_segment
        AND scores.status != 'scored'
        AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        AND (time < first_hour OR time >= end_hour)
    UNION ALL
    SELECT name, status, reason, scores, hour
    FROM scores_hour FINAL
    WHERE
        -- @include score_segment
        AND status != 'scored'
        AND hour >= first_hour AND hour < end_hour
        AND (hour < first_quarter OR hour >= end_quarter)
    UNION ALL
    SELECT name, status, reason, scores, quarter
    FROM scores_quarter FINAL
    WHERE
        -- @include score_segment
        AND status != 'scored'
        AND quarter >= first_quarter AND quarter < end_quarter
)
GROUP BY name, status, reason
HAVING times > 0
ORDER BY times DESC, name, reason
LIMIT 50
