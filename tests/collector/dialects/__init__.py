"""Dialects: one call, one row, however it was written down."""
