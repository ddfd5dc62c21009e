-- What applications' SDKs said they had lost before it reached the collector.
-- Parameters: project; from, to (UTC, when it was said). Columns: service, signal, reason, items, newest (UTC).
-- Index: logs by project and minute; at most 50 rows.
SELECT
    toString(service) AS service,
    attributes['spanhouse.sdk.signal'] AS signal,
    attributes['spanhouse.sdk.reason'] AS reason,
    sum(toUInt64OrZero(attributes['spanhouse.sdk.count'])) AS items,
    max(time) AS newest
FROM logs FINAL
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time <= {to:DateTime64(3, 'UTC')}
    AND event_name = 'spanhouse.sdk.dropped'
GROUP BY service, signal, reason
ORDER BY items DESC, service, signal, reason
LIMIT 50
