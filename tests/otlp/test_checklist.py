"""Every statement of the conformance checklist (OTLP 1.11) is a test that carries its identifier in its name."""

from __future__ import annotations

import ast
import re

from tests.source import functions, python_files, relative

# Transport, compression, limits, success, partial success, errors, gRPC, JSON, data, browser.
CHECKLIST = {
    f"{letter}{number:02}"
    for letter, last in (("H", 10), ("Z", 5), ("L", 5), ("R", 5), ("P", 5), ("E", 6), ("G", 6), ("J", 11), ("D", 10), ("B", 1))
    for number in range(1, last + 1)
}


def test_every_statement_of_the_checklist_has_a_test() -> None:
    names = [
        function.name
        for path in python_files()
        if relative(path).startswith("tests/")
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
        if function.name.startswith("test_")
    ]
    tested = {identifier for name in names for identifier in re.findall(r"(?<=_)[HZLRPEGJDB]\d\d(?=_)", name)}
    assert CHECKLIST - tested == set()
