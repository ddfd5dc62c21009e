-- Requests that could not be stored, by reason, the newest first.
-- Parameters: project; from, to (UTC, when they failed). Columns: signal, reason, times, body_bytes, newest (UTC).
-- Index: dead_letters by month and project; at most 50 rows.
SELECT signal, reason, count() AS times, sum(length(body)) AS body_bytes, max(failed_at) AS newest
FROM dead_letters
WHERE project = {project:String}
    AND failed_at >= {from:DateTime64(3, 'UTC')} AND failed_at <= {to:DateTime64(3, 'UTC')}
GROUP BY signal, reason
ORDER BY newest DESC, reason
LIMIT 50
