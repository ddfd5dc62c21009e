"""Ingest: from acknowledged bytes to rows. The journal keeps them, the inserter moves them, the engine decodes them.

Must not know how requests arrive (otlp) nor who asked (api).
"""
