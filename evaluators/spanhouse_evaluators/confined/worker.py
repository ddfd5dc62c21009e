"""The process that a user's evaluator runs in: sets its own bounds, loads the evaluator, answers for one context a line.

Must not know the store, nor who asks. The first line of its input is the job (see `confined.evaluator`).
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, TextIO, get_args

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.confined.limits import bound_memory, filter_calls
from spanhouse_evaluators.contract import Context, Evaluator, Need, direction
from spanhouse_evaluators.given import given
from spanhouse_evaluators.run import run

ENTRY_POINT_GROUP = "spanhouse.evaluators"

MAX_TEXT_CHARS = 64
"""Of a name and a version: both stand in every row, and in legends."""


def load(job: Mapping[str, Any]) -> Evaluator:
    """Return the evaluator of a file (`file`, `object`) or of an entry point (`entry_point`).

    Either is an evaluator, or a class or function without parameters that makes one. Raises InvalidSettings for anything else,
    and whatever its code raises.
    """
    return given(_of_file(job["file"], job["object"]) if "file" in job else _of_entry_point(job["entry_point"]))


def _of_entry_point(name: str) -> object:
    (entry,) = entry_points(group=ENTRY_POINT_GROUP, name=name)
    return entry.load()


def _of_file(path: str, name: str) -> object:
    # What stands beside the file can be imported by it, as for a program.
    sys.path.insert(0, str(Path(path).parent))
    spec = spec_from_file_location("spanhouse_user_evaluator", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path!r} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def describe(made: Evaluator) -> dict[str, Any]:
    """Return what the contract asks an evaluator to say about itself. Raises InvalidSettings where it says something else."""
    stated: dict[str, object] = {"name": made.name, "version": made.version}  # which need not be what the types say
    for what, text in stated.items():
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT_CHARS or not text.isprintable():
            raise InvalidSettings(f"its {what} is {text!r:.50}; give a text of 1 to {MAX_TEXT_CHARS} characters")
    if made.needs not in get_args(Need):
        raise InvalidSettings(f"it needs {made.needs!r}; choose from {', '.join(get_args(Need))}")
    bounds = None if made.bounds is None else [float(end) for end in made.bounds]
    if bounds is not None and not (len(bounds) == 2 and bounds[0] <= bounds[1]):
        raise InvalidSettings(f"its bounds are {made.bounds!r}; give the lowest and the highest number that it may answer")
    ends = None if bounds is None else [str(end) for end in bounds]
    return {**stated, "needs": made.needs, "bounds": ends, "higher_is_better": direction(made)}


def context_of(document: Mapping[str, Any]) -> Context:
    """Return the context that a line describes."""
    spans = tuple(map(context_of, document["spans"]))
    return Context(**{**document, "documents": tuple(document["documents"]), "spans": spans})


def answer(made: Evaluator, context: Context) -> dict[str, Any]:
    """Return the outcomes by name, relative to the evaluator's own."""
    found = {}
    for name, outcome in run(made, context).items():
        figures = {key: value for key, value in asdict(outcome).items() if key != "took"}
        found[name.removeprefix(made.name).removeprefix(".")] = {"status": outcome.status, **figures}
    return found


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answer until the input ends."""

    def say(row: Mapping[str, Any]) -> None:
        answers.write(json.dumps(row) + "\n")
        answers.flush()

    job, me = json.loads(lines.readline()), os.getpid()
    try:
        bound_memory(job["memory_mib"])
        filter_calls(network=job["network"])
        made = load(job)
        say({"ready": describe(made)})
    except InvalidSettings as error:
        say({"refused": str(error)})
        return
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the evaluator boundary: told to the one who asked
        say({"error": f"{type(error).__name__}: {error}"[:500]})
        return
    for line in lines:
        # Whoever asked ends this process when it is late; the alarm does when they are gone.
        signal.setitimer(signal.ITIMER_REAL, 2 * job["timeout_s"])
        found = answer(made, context_of(json.loads(line)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        if os.getpid() != me:
            # It forked, and this is the child that went on: a second answer would be taken for the one to the next question.
            os._exit(0)
        say(found)


def main() -> None:
    """Keep the pipes for the answers alone: what the evaluator prints goes nowhere, and it has nothing to read."""
    lines, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    serve(lines, answers)
    if os.getpgrp() == os.getpid():
        # Whoever asked is gone, or has no more questions: nothing that the evaluator started goes on without it.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
