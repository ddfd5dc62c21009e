-- The engine's functions that are no aggregates, aliases and table functions among them, with the category of what they stand for.
-- Parameters: none. Columns: name, original (name without alias), category. Index: none, the engine's catalogue.
SELECT functions.name AS name, originals.name AS original, originals.categories AS category
FROM system.functions AS functions
INNER JOIN system.functions AS originals ON originals.name = if(functions.alias_to = '', functions.name, functions.alias_to)
WHERE NOT functions.is_aggregate
UNION ALL
SELECT name, lower(name) AS original, 'Table Function' AS category
FROM system.table_functions
WHERE lower(name) NOT IN (SELECT lower(name) FROM system.functions)
