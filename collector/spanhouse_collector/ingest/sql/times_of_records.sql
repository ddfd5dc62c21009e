-- Around when the messages in a batch of log records were: an hour before and after holds what belongs together.
-- Parameters: staging, the batch of log records; events, the names of such records. Columns: projects, first, last; no row if
-- there are none. Index: none; a batch is read whole.
SELECT
    groupUniqArray(toString(project)) AS projects, min(time) - toIntervalHour(1) AS first, max(time) + toIntervalHour(1) AS last
FROM {staging:Identifier}
WHERE event_name IN {events:Array(String)} AND span_id != ''
HAVING count() > 0
