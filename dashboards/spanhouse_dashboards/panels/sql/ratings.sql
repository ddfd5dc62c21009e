-- Scores beyond 0 to 1 given by users and reviewers, such as stars: how many and their mean.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, name, mean (none without values), answers (count).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT time, name, mean, answers
FROM (
    -- @include feedback_means
)
WHERE lowest < 0 OR highest > 1
ORDER BY time, name
