"""Evaluators of a file, for commands that ask them outside the schedule: judges, patterns, somebody's own.

What judges spend is booked where the service books it, so that a day's cap holds for both.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spanhouse_server.settings import Settings

if TYPE_CHECKING:
    from spanhouse_evaluators.contract import Evaluator


def add_file(parser: argparse.ArgumentParser) -> None:
    """Adds the option `--configured`."""
    parser.add_argument(
        "--configured", type=Path, metavar="FILE", help="a file of evaluators, as serve has it: those in it may be named, too"
    )


@contextmanager
def evaluators(settings: Settings, names: Iterable[str], *, file: Path | None) -> Iterator[Mapping[str, Evaluator]]:
    """Those of these names that the file has, until the block ends. Raises InvalidSettings."""
    if file is None:
        yield {}
        return
    from spanhouse_collector.storage import State
    from spanhouse_evaluators.assembly import named
    from spanhouse_evaluators.configuration import load_configuration

    configuration = load_configuration(file)
    settings.data.mkdir(parents=True, exist_ok=True)
    state = State(settings.state_url)
    try:
        state.create_tables()
        with named(configuration, names, state=state) as found:
            yield found
    finally:
        state.close()
