"""The SDK, from its public names to the bytes on the wire."""
