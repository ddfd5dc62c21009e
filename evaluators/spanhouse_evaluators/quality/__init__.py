"""Deterministic quality evaluators, one file each: the same input always gets the same answer."""
