-- LLM calls by environment, service, provider and operation.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: segment (which of these), name, calls (count).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT part.1 AS segment, part.2 AS name, sum(calls) AS calls
FROM (
    SELECT environment, service, provider, operation, sum(spans) AS calls
    FROM (
        -- @include rolled_spans
    ) AS spans_minute
    WHERE
        -- @include rolled_filters
        AND kind = 'llm'
    GROUP BY environment, service, provider, operation
    HAVING calls > 0
)
ARRAY JOIN [
    ('environment', toString(environment)), ('service', toString(service)), ('provider', toString(provider)), ('operation', toString(operation))
] AS part
GROUP BY segment, name
ORDER BY segment, calls DESC, name
LIMIT 10 BY segment
