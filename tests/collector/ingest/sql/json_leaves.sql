-- What the engine's own JSON functions read of the attributes list, map and deep (a list in a list in a list) of {project}'s span.
-- Parameters: project. Columns: list, map, deep (the texts of their leaves).
-- Index: the primary key of spans, by project.
SELECT
    JSONExtract(attributes['list'], 'Array(String)') AS list,
    mapValues(JSONExtract(attributes['map'], 'Map(String, String)')) AS map,
    JSONExtract(attributes['deep'], 'Array(Array(Array(String)))')[1][1] AS deep
FROM spans
WHERE project = {project:String}
