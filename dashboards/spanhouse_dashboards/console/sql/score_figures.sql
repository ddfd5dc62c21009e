-- Mean, spread and number of each score that evaluators gave to what happened in a window.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all).
-- Columns: name, mean, spread (standard deviation of the sample), scored (values). Index: scores by month and project.
SELECT name, avg(value) AS mean, stddevSampStable(value) AS spread, count(value) AS scored
FROM scores FINAL
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({release:String} = '' OR release = {release:String})
    AND source = 'evaluator' AND status = 'scored' AND value IS NOT NULL
GROUP BY name
HAVING count(value) > 1
ORDER BY name
LIMIT 200
