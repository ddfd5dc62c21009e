"""Benchmarks: whole processes, run by `make bench-*`; each prints a table and writes JSON lines to the file named by OUT."""
