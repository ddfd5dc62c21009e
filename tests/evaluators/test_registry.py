"""Evaluators by name, also those of other packages."""

import sys
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidSettings, NotFound
from spanhouse_evaluators.confined.evaluator import ConfinedEvaluator
from spanhouse_evaluators.contract import Context, Score
from spanhouse_evaluators.registry import find, names
from spanhouse_evaluators.run import run


def installed(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch, name: str = "extra") -> None:
    """Put a distribution with one entry point, `NAME = probe_package:thing`, on the path."""
    (folder / "probe_package.py").write_text(source)
    info = folder / "probe_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: probe-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[spanhouse.evaluators]\n{name} = probe_package:thing\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "probe_package", raising=False)


EXTRA = """
from spanhouse_evaluators.contract import evaluator

@evaluator("{name}", "1")
def thing(context):
    return True
"""


def test_names_are_found_in_the_order_asked_for() -> None:
    assert [e.name for e in find(["refusal", "groundedness"])] == ["refusal", "groundedness"]


def test_an_unknown_name_is_answered_with_what_there_is() -> None:
    with pytest.raises(NotFound, match=r"no evaluator 'groundness'; choose from .*refusal"):
        find(["groundness"])
    with pytest.raises(
        NotFound, match="'regex' needs to be told what to look for; write an evaluator of that type into a file of them"
    ):
        find(["regex"])


def test_an_installed_package_adds_its_evaluator_which_is_confined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, EXTRA.format(name="extra"), monkeypatch)
    (extra,) = find(["extra"])
    assert isinstance(extra, ConfinedEvaluator)
    assert (extra.name, extra.version, run(extra, Context())) == ("extra", "1", {"extra": Score(True)})
    extra.close()


def test_a_package_may_bring_a_function_that_makes_its_evaluator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = EXTRA.format(name="made") + "\nmade = thing\nthing = lambda: made\n"
    installed(tmp_path, source, monkeypatch)
    assert "extra" in names()
    (extra,) = find(["extra"])
    assert isinstance(extra, ConfinedEvaluator)
    extra.close()


def test_a_package_may_not_replace_a_built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, EXTRA.format(name="refusal"), monkeypatch, name="refusal")
    with pytest.raises(InvalidSettings, match="more than one evaluator 'refusal'"):
        find(["refusal"])


def test_an_entry_point_that_is_no_evaluator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, "def thing():\n    return 3\n", monkeypatch)
    with pytest.raises(InvalidSettings, match="The evaluator 'extra' cannot be loaded: 3 is no evaluator"):
        find(["extra"])


@pytest.mark.parametrize("made", ["Thing", "Thing()"])
def test_an_entry_point_that_lacks_a_part_of_the_contract_is_refused_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    source = "class Thing:\n name, version, bounds = 'extra', '1', None\n def evaluate(self, context): return 0.5\nthing = "
    installed(tmp_path, source + made, monkeypatch)
    with pytest.raises(InvalidSettings, match="Class 'Thing' has no needs; write needs = \"span\""):
        find(["extra"])
