"""Redaction, without a server."""
