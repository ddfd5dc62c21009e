"""The HTTP API: who asks, health, figures, and what is stored, as JSON.

Sits on top of the collector: it may use otlp, ingest and storage, and none of them knows it.
"""
