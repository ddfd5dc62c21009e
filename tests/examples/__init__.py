"""The SDK's examples, run as users run them: in an environment of their own, against a fake model and a real server."""
