"""Statements of the storage itself."""
