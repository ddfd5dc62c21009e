"""The checks behind `spanhouse doctor`: each gives a verdict in one sentence."""

from spanhouse_server.health.examine import examine
from spanhouse_server.health.verdict import Verdict

__all__ = ["Verdict", "examine"]
