"""Gates: what a test may touch is said by its markers, and everything else raises and fails it.

A gate records what it refused, because product code may catch the error; the test fails at its end all the same.
"""

from tests.gates.gate import Gate
from tests.gates.network import network_gate
from tests.gates.store import store_gate

__all__ = ["Gate", "network_gate", "store_gate"]
