-- What was said about a session as a whole, users' feedback for the most part.
-- Parameters: project; session; from, to (UTC).
-- Columns: name, status, value, label, explanation, reason, scored_at. Index: sessions of scores; at most 100 rows, the newest first
-- within a name.
SELECT name, status, value, label, explanation, reason, scored_at
FROM scores FINAL
-- What is said twice has the same ids, so they may be compared before FINAL; the other columns are then read for few rows.
PREWHERE session_id = {session:String}
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND target = 'session'
ORDER BY name, scored_at DESC
LIMIT 100
