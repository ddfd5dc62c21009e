-- How often scores fall into each tenth of the scale from 0 to 1; scores beyond it are left out.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: range, name, scores (count).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    concat(toString(tenth / 10), ' to ', toString((tenth + 1) / 10)) AS range,
    name,
    counts[tenth + 1] AS scores
FROM (
    SELECT name, sumForEach(tenths) AS counts
    FROM (
        -- @include rolled_scores
    )
    GROUP BY name
)
ARRAY JOIN range(10) AS tenth
WHERE scores > 0
ORDER BY range, name
