"""Redaction, through the whole server."""
