-- Models whose prices were looked up.
-- Parameters: catalogue (only those looked up in this catalogue; '' for any), project ('' for all). Columns: project, provider, model.
-- Index: prices by project.
SELECT DISTINCT project, provider, model
FROM prices FINAL
WHERE ({catalogue:String} = '' OR catalogue = {catalogue:String}) AND ({project:String} = '' OR project = {project:String})
