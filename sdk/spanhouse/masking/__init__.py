"""Masking by rules: the language of the collector's redaction, applied before anything leaves this process.

    spanhouse.init(mask={"detectors": ["secrets", "personal"], "blocked_key_patterns": ["(?i)salary"]})
    spanhouse.init(mask="redaction.json")

Knows texts, keys and rules; must not know spans or exporting. Which options there are stands in ``rules``.
"""
