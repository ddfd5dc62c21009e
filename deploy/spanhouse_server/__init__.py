"""The service: the one place that names concrete parts and wires them together.

Settings, command line, roles and their lifecycle live here.
"""
