-- Releases that made their first LLM call in a week.
-- Parameters: project; before, from, to (UTC, whole hours; what was there since `before` is not new).
-- Columns: service, release, first_seen (UTC; the hour in which it came, of the last two hours the minute), calls.
-- Index: spans_hour by project and hour, spans_minute by project and minute; the 50 newest.
SELECT service, release, min(time) AS first_seen, sum(rolled.calls) AS calls
FROM (
    -- @include rolled_calls
) AS rolled
WHERE time >= {before:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')} AND release != ''
GROUP BY service, release
HAVING first_seen >= {from:DateTime64(3, 'UTC')}
ORDER BY first_seen DESC, service, release
LIMIT 50
