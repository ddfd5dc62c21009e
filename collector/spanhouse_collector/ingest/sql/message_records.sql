-- How many messages came as log records of their own in a range of time.
-- Parameters: projects; first and last, the range; events, the names of such records. Columns: records.
-- Index: the primary key of logs, by project and minute.
SELECT count() AS records
FROM logs
WHERE project IN {projects:Array(String)}
    AND time >= {first:DateTime64(9, 'UTC')} AND time <= {last:DateTime64(9, 'UTC')}
    AND event_name IN {events:Array(String)}
