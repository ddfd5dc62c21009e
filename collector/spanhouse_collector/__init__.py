"""The collector: takes OTLP, keeps it, and serves it.

Holds the model, the errors, the storage, the ingest path and the HTTP API.
Knows nothing of evaluators, dashboards, or the way the parts are wired.
"""
