-- Tables and views of a database, and by which column their rows belong to a project ('' if by none).
-- Parameters: database. Columns: name, project_column. Index: none, the engine's catalogue.
SELECT table AS name, maxIf(column, column IN ('project', 'Project')) AS project_column
FROM (SELECT table, name AS column FROM system.columns WHERE database = {database:String})
GROUP BY table
ORDER BY table
