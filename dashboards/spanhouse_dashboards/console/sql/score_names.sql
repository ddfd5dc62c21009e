-- The names of scores given to what happened in the range, for the filter.
-- Parameters: project; from, to (UTC). Columns: name. Index: scores by month, project and name; at most 200 rows.
SELECT DISTINCT name
FROM scores
WHERE project = {project:String} AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
ORDER BY name
LIMIT 200
