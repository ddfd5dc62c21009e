-- Releases that made their first LLM call in a week.
-- Parameters: project; before, from, to (UTC; what was there since `before` is not new).
-- Columns: service, release, first_seen (UTC), calls.
-- Index: spans_minute by project and minute; the 50 newest.
SELECT service, release, min(minute) AS first_seen, sum(spans) AS calls
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {before:DateTime64(3, 'UTC')} AND minute < {to:DateTime64(3, 'UTC')}
    AND kind = 'llm'
    AND release != ''
    AND spans > 0
GROUP BY service, release
HAVING first_seen >= {from:DateTime64(3, 'UTC')}
ORDER BY first_seen DESC, service, release
LIMIT 50
