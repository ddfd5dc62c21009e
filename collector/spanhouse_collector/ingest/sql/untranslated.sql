-- The spans of a decoded batch that speak a dialect or hold values that were not decoded, as they are read in Python.
-- Parameters: staging, the batch. Columns: row, speaks, name, scope_name, start_ns (Unix nanoseconds), attributes and content (if
-- it speaks; of a key that stands there twice the first counts, so it comes last), event_times_ns, event_names, event_attributes;
-- packed (texts of arrays and maps that hold such values, wherever they stand: only those hold the letter, any_value.part).
-- Index: none; a batch is read whole.
WITH
    ((speaks, texts) -> if(speaks, mapFromArrays(arrayReverse(mapKeys(texts)), arrayReverse(mapValues(texts))), map())) AS said,
    ((texts, kinds) -> arrayFilter((text, kind) -> position(text, '\x01') > 0 AND kind IN ('array_value', 'kvlist_value'), texts, kinds)) AS packed_of
SELECT
    row, speaks, name, scope_name, toUnixTimestamp64Nano(start_time) AS start_ns,
    said(speaks, b.attributes) AS attributes,
    said(speaks, b.content) AS content,
    arrayMap(t -> toUnixTimestamp64Nano(t), `events.time`) AS event_times_ns, `events.name` AS event_names,
    `events.attributes` AS event_attributes,
    packed_of(
        arrayConcat(mapValues(b.attributes), mapValues(b.content), mapValues(resource_attributes), mapValues(scope_attributes),
            arrayFlatten(arrayMap(e -> mapValues(e), `events.attributes`)), arrayFlatten(arrayMap(l -> mapValues(l), `links.attributes`))),
        arrayConcat(attribute_kinds, content_kinds, resource_attribute_kinds, scope_attribute_kinds,
            arrayFlatten(`events.attribute_kinds`), arrayFlatten(`links.attribute_kinds`))) AS packed
FROM {staging:Identifier} AS b
WHERE needs_translation
