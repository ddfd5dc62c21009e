-- Mean of each score by prompt and its version, with coverage.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, prompt, version, mean (none without values), coverage (0 to 1).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    name,
    prompt_name AS prompt,
    prompt_version AS version,
    sum(value_sum) / nullIf(sum(valued), 0) AS mean,
    sum(valued) / sum(scores) AS coverage
FROM (
    -- @include rolled_scores
)
WHERE prompt_name != ''
GROUP BY name, prompt, version
HAVING sum(scores) > 0
ORDER BY name, prompt, version
