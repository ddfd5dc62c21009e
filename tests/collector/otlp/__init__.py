"""Request bodies and their encodings."""
