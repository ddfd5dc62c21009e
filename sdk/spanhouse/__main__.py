"""``python -m spanhouse``: the command line of the SDK."""

import argparse
import logging
import math
import sys

from spanhouse import variables
from spanhouse.settings import Options

with variables.wrong_ones_hidden():
    from spanhouse import doctor


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"it is {text!r}; give a number of seconds above 0")
    return seconds


def main(arguments: list[str] | None = None) -> int:
    """0 when all is well, 1 when spans do not arrive, 2 when the command is not understood."""
    parser = argparse.ArgumentParser(prog="python -m spanhouse", description="Spanhouse SDK")
    commands = parser.add_subparsers(dest="command", required=True)
    examine = commands.add_parser("doctor", help="send one span, ask for it back, and say whether it arrived")
    examine.add_argument("--endpoint", help="base URL of the collector; else as spanhouse.init() finds it")
    examine.add_argument("--api-key", help="else SPANHOUSE_API_KEY")
    examine.add_argument("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="for each of the two steps (10)")
    given = parser.parse_args(arguments)
    for logger in ("spanhouse", "opentelemetry.util.re"):  # what they log is said here, in one sentence
        logging.getLogger(logger).addHandler(logging.NullHandler())
    options = Options(endpoint=given.endpoint, api_key=given.api_key)
    healthy = doctor.examine(options, timeout_s=given.timeout, say=lambda line: sys.stdout.write(f"{line}\n"))
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
