"""The service over a ClickHouse server, with more than one process."""
