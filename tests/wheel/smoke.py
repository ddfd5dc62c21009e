"""What is published works: run by the interpreter of an environment that holds nothing but the built wheels.

Not a pytest test, because that environment has no pytest. Ends with a line that says what was checked, or with an error.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from spanhouse_collector.storage import Store, migrate, status

PACKAGES = ("spanhouse", "spanhouse_collector", "spanhouse_evaluators", "spanhouse_dashboards", "spanhouse_server")
REPOSITORY = Path(__file__).resolve().parents[2]


def check_packages_come_from_the_wheels() -> None:
    for name in PACKAGES:
        where = importlib.import_module(name).__file__ or ""
        assert "site-packages" in where, f"{name} was imported from {where}, not from its wheel"


def check_every_data_file_is_there() -> None:
    """Every tracked file of a package is in the wheel: SQL, pages and the sample's scripts are found by name at run time."""
    for name in PACKAGES:
        package = Path(importlib.import_module(name).__file__ or "").parent
        (source,) = REPOSITORY.glob(f"*/{name}")
        listed = subprocess.run(["git", "ls-files", "."], cwd=source, check=True, capture_output=True, text=True)
        missing = [file for file in listed.stdout.splitlines() if not (package / file).is_file()]
        assert not missing, f"the wheel of {name} lacks {missing}"


def check_a_store_can_be_made() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"chdb://{folder}/engine")
        assert migrate(store), "the wheel brought no migrations"
        assert {migration.state for migration in status(store)} == {"applied"}
        store.close()


def check_the_command_answers() -> None:
    command = Path(sys.executable).parent / "spanhouse"
    answered = subprocess.run([command, "--help"], check=True, capture_output=True, text=True)
    assert "serve" in answered.stdout


def main() -> None:
    checks = [check for name, check in globals().items() if name.startswith("check_")]
    for check in checks:
        check()
    print(f"the wheels: {len(checks)} checks passed")


if __name__ == "__main__":
    main()
