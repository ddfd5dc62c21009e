"""Files of one JSON object a line. Must not know what the objects are."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

from spanhouse_collector.errors import InvalidRequest


def records(path: Path) -> Iterator[tuple[int, dict[str, object] | str]]:
    """Yield each line's number and its record, or what is wrong with it.

    Raises InvalidRequest for a file that cannot be read, and for an empty one: a gate that judged nothing must not pass.
    """
    try:
        lines = path.open("rb")
    except OSError as error:
        raise InvalidRequest(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    is_empty = True
    with lines:
        for number, line in enumerate(lines, start=1):
            # Some editors put a mark in front of the first line.
            content = line.removeprefix(codecs.BOM_UTF8).strip()
            if content:
                is_empty = False
                yield number, _record(content)
    if is_empty:
        raise InvalidRequest(f"{str(path)!r} is empty; give one JSON object a line.")


def _record(line: bytes) -> dict[str, object] | str:
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return f"is not UTF-8 ({error.reason} at byte {error.start})"
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({error})"
    return found if isinstance(found, dict) else "is not a JSON object"
