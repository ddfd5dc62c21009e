"""Faults from outside that the service must survive; senders' are in tests/otlp/, the end of the process in tests/durability/."""
