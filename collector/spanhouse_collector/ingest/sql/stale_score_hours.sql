-- Hours that are over and whose scores changed after they were counted, oldest first.
-- Parameters: since (no score made before is looked at), until (the start of the hour that is not over), now_ms and settled_ms (Unix time and a
-- length in milliseconds). Columns: project, hour.
-- Index: none; scored_at of scores is read whole. A score carries when it was made, and is stored later: an hour is counted once
-- more when settled_ms have passed since its last score.
SELECT project, hour
FROM (
    SELECT project, toDateTime(toStartOfHour(time), 'UTC') AS hour, toUInt64(toUnixTimestamp64Milli(max(scored_at))) AS changed_ms
    FROM scores
    WHERE scored_at >= {since:DateTime64(3, 'UTC')} AND time < {until:DateTime('UTC')}
    GROUP BY project, hour) AS found
LEFT JOIN (SELECT project, hour, max(version) AS counted_ms FROM scores_hour GROUP BY project, hour) AS counted USING (project, hour)
WHERE changed_ms >= counted_ms
    OR (changed_ms + {settled_ms:UInt64} >= counted_ms AND changed_ms + {settled_ms:UInt64} <= {now_ms:UInt64})
ORDER BY hour, project
