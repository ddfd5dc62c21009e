-- Requests of a day that the store refuses, on day 22 from 11:00 to 11:30: an exporter sends what nobody can read.
-- Parameters: day (its midnight, UTC), number (of the day, from 0).
-- Columns: none.
INSERT INTO dead_letters (project, received_at, failed_at, signal, reason, body)
SELECT
    'default', addSeconds({day:DateTime64(3, 'UTC')}, 39600 + 60 * number) AS at, at, 'traces', 'malformed', ''
FROM numbers(30)
WHERE {number:UInt16} = 22
