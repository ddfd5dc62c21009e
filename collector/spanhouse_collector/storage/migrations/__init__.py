"""The schema, as numbered statements that only go forward."""
