"""What holds for every file of the repository: SQL explains itself, and nothing names one machine or one package index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.source import relative, tracked_files

SQL_FILES = [path for path in tracked_files() if path.suffix == ".sql"]
# Folders that exist on somebody's machine only.
_MACHINE_PATHS = re.compile(r"(?<![\w./~-])/(home|root|Users|work)/\w")
_INDEX_ADDRESSES = re.compile(r"--(extra-)?index-url|pypi\.org|files\.pythonhosted|npmjs\.(com|org)")


@pytest.mark.parametrize("path", SQL_FILES, ids=relative)
def test_sql_begins_with_what_it_is_for(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"-- \w.{10,}", first)


@pytest.mark.parametrize("path", SQL_FILES, ids=relative)
def test_sql_is_one_statement_that_names_its_columns(path: Path) -> None:
    code = "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    assert code.rstrip().rstrip(";").count(";") == 0
    # `SELECT *, more` passes the rows of a query block on within one statement; a bare star would follow a table's changes.
    assert not re.search(r"SELECT\s+(DISTINCT\s+)?\*\s+FROM", code, re.IGNORECASE)


def test_no_statement_reads_final_partition_by_partition() -> None:
    """Then the engine (26.9) misses rows of the last second of a day where a range ends with it; D07 in tests/otlp shows it."""
    setting = "do_not_merge_across_" + "partitions_select_final"
    files = [path for path in tracked_files() if path.suffix in {".sql", ".part", ".xml", ".py"}]
    assert [relative(path) for path in files if setting in path.read_text(encoding="utf-8")] == []


def test_no_file_names_a_machine_or_an_index() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{relative(path)}: {hit.group()}" for hit in (_MACHINE_PATHS.search(text), _INDEX_ADDRESSES.search(text)) if hit
        ]
    assert found == []


def test_every_pin_is_a_name_and_a_version() -> None:
    constraints = next(path for path in tracked_files() if relative(path) == "constraints.txt")
    lines = [line for line in constraints.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.!+]+", line)] == []


def test_decisions_are_numbered_in_order_and_say_their_number() -> None:
    pages = sorted(path for path in tracked_files() if re.match(r"docs/adr/\d{4}-", relative(path)))
    assert [path.name[:4] for path in pages] == [f"{number:04}" for number in range(len(pages))]
    headings = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in pages}
    assert [name for name, heading in headings.items() if not re.match(rf"# ({name[:4]}|NNNN)\b", heading)] == []
