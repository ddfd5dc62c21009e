-- All databases of the engine. Parameters: none. Columns: name. Index: none, the engine's catalogue.
SELECT name FROM system.databases ORDER BY name
