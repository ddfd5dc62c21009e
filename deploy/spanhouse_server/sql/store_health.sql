-- How the store fares, over all projects.
-- Parameters: none.
-- Columns: spans; last_received (DateTime64, UTC); dead_letters, last_reason (of the newest dead letter, '' if there is none);
-- unpriced (at most ten models of the last seven days whose usage has no price).
-- Index: none for the spans (one column is read whole), the primary key for the others.
SELECT
    (SELECT count() FROM spans) AS spans,
    (SELECT max(received_at) FROM spans) AS last_received,
    (SELECT count() FROM dead_letters) AS dead_letters,
    (SELECT argMax(reason, failed_at) FROM dead_letters) AS last_reason,
    (
        SELECT arraySort(groupUniqArray(10)(model))
        FROM spans_minute FINAL
        WHERE usage_spans > priced_spans AND minute > now() - INTERVAL 7 DAY
    ) AS unpriced
