-- Those that were cut before are of models, and stay.
UPDATE drift_references SET segment = 'model=' || segment WHERE segment <> ''
