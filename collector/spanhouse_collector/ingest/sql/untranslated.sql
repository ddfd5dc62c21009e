-- The spans of a decoded batch that speak a dialect, as the translator reads them.
-- Parameters: staging, the batch. Columns: row, name, scope_name, start_ns (Unix nanoseconds), attributes (content among them; of a
-- key that stands there twice the first counts, so it comes last), event_times_ns, event_names, event_attributes.
-- Index: none; a batch is read whole.
SELECT
    row, name, scope_name, toUnixTimestamp64Nano(start_time) AS start_ns,
    mapFromArrays(arrayReverse(mapKeys(attributes)), arrayReverse(mapValues(attributes))) AS attributes,
    mapFromArrays(arrayReverse(mapKeys(content)), arrayReverse(mapValues(content))) AS content,
    arrayMap(t -> toUnixTimestamp64Nano(t), `events.time`) AS event_times_ns, `events.name` AS event_names,
    `events.attributes` AS event_attributes
FROM {staging:Identifier}
WHERE needs_translation
