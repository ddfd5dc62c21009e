-- The models whose drift is watched: those with the most calls.
-- Parameters: project, most (models at most). Columns: model.
-- Index: project leads the primary key; only narrow columns are read.
SELECT if(request_model = '', response_model, request_model) AS model
FROM spans
WHERE project = {project:String} AND kind = 'llm' AND model != ''
GROUP BY model
ORDER BY count() DESC, model
LIMIT {most:UInt32}
