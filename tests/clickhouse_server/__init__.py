"""A ClickHouse server for tests: the embedded engine in a process of its own behind ClickHouse's HTTP interface."""
