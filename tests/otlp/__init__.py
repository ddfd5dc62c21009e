"""The collector as an OTLP server: statements of the protocol and what the collector promises, over its real doors."""
