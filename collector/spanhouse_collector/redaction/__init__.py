"""Redaction: finds secrets and personal data in text and puts a visible mark in their place.

Knows text, keys and the rules of a project; must not know OTLP, HTTP or where text is stored.
"""
