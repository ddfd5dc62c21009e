"""OTLP: requests in, over HTTP and gRPC, in protobuf and JSON, answered to the letter of the specification (1.11).

Must not know how requests are stored: an `Intake` takes them.
"""
