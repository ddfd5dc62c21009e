"""Statements of the ingest path."""
