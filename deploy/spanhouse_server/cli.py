"""The command line: `spanhouse`. The only place that ends the process.

Exit codes: 0 done, 1 the work failed, 2 wrong use or settings, 3 something it needs is away (try again).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields

from spanhouse_collector.errors import InvalidSettings, RetryableError, SpanhouseError
from spanhouse_server import commands
from spanhouse_server.settings import Settings, descriptions, read


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one command and exits."""
    sys.exit(run(arguments))


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
