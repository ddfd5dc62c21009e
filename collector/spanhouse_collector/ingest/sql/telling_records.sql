-- Log records of a decoded batch whose event may tell of a call of a model or a tool.
-- Parameters: staging, the batch of log records; events, the names of such events. Columns: row (names the record), event_name,
-- scope_name, body, attributes (of a key that stands there twice the first counts, so it comes last).
-- Index: none; a batch is read whole.
SELECT
    record_hash AS row, event_name, scope_name, body,
    mapFromArrays(arrayReverse(mapKeys(attributes)), arrayReverse(mapValues(attributes))) AS attributes
FROM {staging:Identifier}
WHERE event_name IN {events:Array(String)}
LIMIT 1 BY row
