"""The command line: `spanhouse`. The only place that ends the process.

Exit codes: 0 done, 1 the work failed, 2 wrong use or settings, 3 something it needs is away (try again).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields

from spanhouse_collector.errors import InvalidRequest, InvalidSettings, RetryableError, SpanhouseError
from spanhouse_server import commands
from spanhouse_server.settings import Settings, descriptions, read

_CONTAINED = frozenset({"drift", "detect"})
"""Commands that read others' Parquet files, of which some damaged ones end the process that reads them, within the library."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and exits."""
    given = sys.argv[1:] if arguments is None else arguments
    # Nothing but this file's own imports is loaded yet, and no thread runs: so early a copy of the process costs a millisecond.
    if given and given[0] in _CONTAINED and (child := os.fork()):
        sys.exit(_ended(child))
    sys.exit(run(given))


def _ended(child: int) -> int:
    """The exit code of the process that runs the command, or what became of it in a sentence."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal the other one gets it, too
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code >= 0 or code == -signal.SIGTERM:
        return code if code >= 0 else 128 - code
    ended = f"The command was ended by {signal.Signals(-code).name} while it read its files"
    return _fail(InvalidRequest(f"{ended}: one is damaged, or the memory too small; write it anew, or take fewer rows."), 1)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; errors go to stderr as one sentence."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    try:
        return int(command(read(options), options) or 0)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output (head, a closed pager) has enough; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InvalidSettings as error:
        return _fail(error, 2)
    except RetryableError as error:
        return _fail(error, 3)
    except SpanhouseError as error:
        return _fail(error, 1)


def _fail(error: Exception, code: int) -> int:
    print(f"spanhouse: {error}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spanhouse", description="LLM observability and evaluation in one process.")
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in commands.ALL:
        add(subparsers, _add_settings)
    return parser


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str] | None = None) -> None:
    """Adds settings as options; all of them, or those named."""
    group = parser.add_argument_group("settings", "each may also stand in the environment as SPANHOUSE_NAME")
    meanings = descriptions()
    for setting in fields(Settings):
        if names is None or setting.name in names:
            option = f"--{setting.name.replace('_', '-')}"
            shown = setting.default if setting.default != "" else "none"
            group.add_argument(option, dest=setting.name, metavar="VALUE", help=f"{meanings[setting.name]} (default: {shown})")
