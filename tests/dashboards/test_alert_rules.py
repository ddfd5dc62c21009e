"""The rules file: what comes along is sound, and what is wrong with a file is said in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from spanhouse_collector.errors import InvalidSettings
from spanhouse_dashboards.alerts import Contact, Rule, load_rules, parse_rules
from spanhouse_dashboards.alerts.kinds import KINDS

_RULE = {
    "id": "errors",
    "title": "Error rate",
    "description": "Calls fail.",
    "sql": "llm_error_rate",
    "comparison": "above",
    "threshold": 0.05,
    "unit": "percentunit",
    "panel": "error-rate",
    "variables": {"minimum_errors": 1, "minimum_minutes": 1},
}
_BURN = {**_RULE, "kind": "burn_rate", "sql": "burn_rate_errors", "variables": {"minimum_errors": 1}}
_SEASON = {"recent": "1h", "period": "7d", "periods": 4, "minimum_history": 3, "floor": 0.1}
_ANOMALY = {**_RULE, "kind": "anomaly", "sql": "season_calls", "variables": {}, "window": "30d", "parameters": _SEASON}
_FALL = {"recent": "1h", "average_run": "90d"}
_CHANGE_POINT = {**_RULE, "kind": "change_point", "sql": "score_change_point", "variables": {"score": "a"}, "parameters": _FALL}


def _parse(*rules: dict[str, object], **document: object) -> object:
    return parse_rules(yaml.safe_dump({"rules": list(rules), **document}))


def test_a_rule_is_read_with_its_durations_in_seconds() -> None:
    book = parse_rules(
        yaml.safe_dump(
            {
                "interval": "30s",
                "rules": [
                    {
                        **_RULE,
                        "for": "2m",
                        "window": "1h",
                        "contact": "oncall",
                        "variables": {"minimum_errors": 3, "minimum_minutes": 2},
                    }
                ],
                "contacts": [{"name": "oncall", "webhook": "https://example.org/hook"}],
            }
        )
    )
    assert book.interval_s == 30
    assert book.contacts == (Contact(name="oncall", address="https://example.org/hook"),)
    assert book.rules == (
        Rule(
            id="errors",
            title="Error rate",
            description="Calls fail.",
            sql="llm_error_rate",
            comparison="above",
            threshold=0.05,
            unit="percentunit",
            panel="error-rate",
            for_s=120,
            window_s=3600,
            contact="oncall",
            variables={"minimum_errors": 3, "minimum_minutes": 2},
        ),
    )


def test_the_rules_that_come_along_cover_what_an_engineer_is_woken_for() -> None:
    assert {"llm-error-rate", "llm-latency-p95", "quality-drop", "drift-alarm"} <= {rule.id for rule in load_rules().rules}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"thresold": 1}, "rule 'errors' has the unknown key 'thresold'; did you mean 'threshold'?"),
        ({"threshold": "high"}, "rule 'errors': threshold is 'high'; give a number"),
        ({"threshold": True}, "rule 'errors': threshold is True; give a number"),
        ({"for": "5 minutes"}, "rule 'errors': for is '5 minutes'; give a duration such as 30s, 5m or 2h, at most 90d"),
        ({"window": "0s"}, "rule 'errors': window is '0s'; give a duration longer than nothing"),
        ({"comparison": ">"}, "rule 'errors': comparison is '>'; use one of above, below"),
        ({"sql": "../secrets"}, "rule 'errors': sql is '../secrets'; use one of "),
        ({"panel": "nothing"}, "rule 'errors': panel is 'nothing'; use one of "),
        ({"minimum_sample": 0}, "rule 'errors': minimum_sample is 0; give a whole number of at least 1"),
        ({"id": "Errors!"}, "rule 'Errors!': id is 'Errors!'; use up to 40 small letters, digits and hyphens"),
        ({"contact": "nobody"}, "rule 'errors' tells 'nobody', who is not among the contacts; add that contact"),
        ({"variables": {}}, "rule 'errors': sql 'llm_error_rate' needs 'minimum_errors'; give it under variables"),
        (
            {"variables": {"minimum_errors": 1, "minimum_minutes": 1, "x": 1}},
            "rule 'errors': sql 'llm_error_rate' takes no 'x'; ",
        ),
        ({"kind": "magic"}, "rule 'errors': kind is 'magic'; use one of threshold, change, "),
        ({"parameters": {"recent": "1h"}}, "rule 'errors': parameters has the unknown key 'recent'; leave it out"),
        ({"mute": ["nights"]}, "rule 'errors' is muted by 'nights', which is not among mute_timings; add that timing"),
        ({"repeat": "4"}, "rule 'errors': repeat is '4'; give a duration"),
        ({"labels": {"team": 5}}, "rule 'errors': labels: team is 5; give a text"),
        ({"labels": {"severity": "page"}}, "rule 'errors': labels has 'severity'; give it as the rule's own"),
        ({"unit": "percent"}, "rule 'errors': unit is 'percent'; did you mean 'percentunit'?"),
        ({"panel": "error_rate"}, "rule 'errors': panel is 'error_rate'; did you mean 'error-rate'?"),
        ({"group_by": ["servce"]}, "rule 'errors': group_by names 'servce', which sql 'llm_error_rate' does not give"),
        ({"runbook": "wiki/page"}, "rule 'errors': runbook is 'wiki/page'; give an address that starts with http"),
        ({"threshold": 5}, "rule 'errors': threshold is 5, and a share lies between 0 and 1; give one between them"),
        ({"threshold": 0, "comparison": "below"}, "rule 'errors': threshold is 0, and a share lies between"),
        (
            {"variables": {"minimum_errors": "five", "minimum_minutes": 1}},
            "rule 'errors': variables: minimum_errors is 'five'; give a number",
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_one_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        _parse({**_RULE, **change})
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("rule", "change", "sentence"),
    [
        (_BURN, {}, "rule 'errors' of kind burn_rate: parameters has no 'objective'; add it"),
        (_BURN, {"objective": 99, "short_window": "1m"}, "rule 'errors': parameters: objective is 99; give a share"),
        (_BURN, {"objective": 0.99, "short_window": "10m"}, "rule 'errors': short_window is not shorter than window"),
        (
            {**_BURN, "threshold": 14.4},
            {"objective": 0.9, "short_window": "1m"},
            "rule 'errors': the rule cannot fire: with an objective of 0.9 the burn rate is at most 10, and",
        ),
        (
            {**_BURN, "comparison": "below"},
            {"objective": 0.99, "short_window": "1m"},
            "rule 'errors': comparison is 'below'; a burn",
        ),
        (_ANOMALY, {**_SEASON, "periods": 5}, "rule 'errors': window holds fewer seasons than periods; lengthen it"),
        (_ANOMALY, {**_SEASON, "minimum_history": 5}, "rule 'errors': minimum_history is 5, more than the 4 of periods"),
        (_ANOMALY, {**_SEASON, "recent": "8d"}, "rule 'errors': recent is longer than period; shorten it"),
        (_ANOMALY, {**_SEASON, "floor": 0}, "rule 'errors': parameters: floor is 0; give a share between 0 and 1"),
        (_CHANGE_POINT, _FALL, "rule 'errors': recent is not shorter than window; shorten it"),
        ({**_CHANGE_POINT, "threshold": 1}, _FALL, "rule 'errors': threshold is 1; give how much a score may fall"),
        (
            {**_RULE, "kind": "change", "sql": "latency_change", "variables": {"minimum_slow": 1}},
            {"recent": "10m"},
            "rule 'errors': recent is not shorter",
        ),
        (
            {**_RULE, "kind": "budget", "sql": "budget_spent", "variables": {}},
            {"amount_usd": 0},
            "rule 'errors': parameters: amount_usd is 0; give a number above 0",
        ),
        (
            {**_RULE, "kind": "absence", "sql": "silence", "variables": {}, "threshold": 10},
            {},
            "rule 'errors': the rule cannot fire: 10 minutes of silence are not within window; lengthen it",
        ),
        (
            {**_RULE, "kind": "drift", "sql": "drift_alarm", "variables": {}, "comparison": "below"},
            {"windows": 2, "recent": "5m"},
            "rule 'errors': comparison is 'below'; compare this kind with above",
        ),
    ],
)
def test_a_rule_whose_kind_could_not_do_its_work_is_refused(
    rule: dict[str, object], change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidSettings) as raised:
        _parse({**rule, "parameters": change})
    assert str(raised.value).startswith(sentence)


def test_what_is_wrong_with_a_file_is_said_in_one_sentence() -> None:
    lacking = {key: value for key, value in _RULE.items() if key != "threshold"}
    cases: dict[str, Callable[[], object]] = {
        "rule 'errors' has no 'threshold'; add it": lambda: _parse(lacking),
        "rule 'errors' is there twice; rename one": lambda: _parse(_RULE, _RULE),
        "contact 'a': webhook is no web address; give one": lambda: _parse(contacts=[{"name": "a", "webhook": "ftp://x"}]),
        "contact 'a': apprise is no address; give one": lambda: _parse(contacts=[{"name": "a", "apprise": "secret"}]),
        "contact 'a' has 0 addresses; give one": lambda: _parse(contacts=[{"name": "a"}]),
        "contact 'a': 'absent' cannot be read": lambda: _parse(contacts=[{"name": "a", "apprise_file": "absent"}]),
        "the weekly report goes to 'a', who is not among": lambda: _parse(report_to=["a"]),
        "mute timing 'a' ends before it starts": lambda: _parse(mute_timings=[{"name": "a", "from": "22:00", "to": "06:00"}]),
        "mute timing 'a': from is 600; give a time of day": lambda: _parse(mute_timings=[{"name": "a", "from": 600}]),
        "mute timing 'a': timezone is 'Mars'": lambda: _parse(mute_timings=[{"name": "a", "timezone": "Mars"}]),
        "the alert rules: rules is 5; give a list": lambda: parse_rules("rules: 5"),
        "line 1 is not YAML: expected the node content": lambda: parse_rules("rules: ["),
        "line 2 has the key 'interval' a second time; leave one out": lambda: parse_rules("interval: 1m\ninterval: 2m"),
        "the alert rules has the unknown key 'intervall'; did you mean 'interval'?": lambda: parse_rules("intervall: 1m"),
        "the alert rules is ['a']; give keys with values": lambda: parse_rules("- a"),
        "the alert rules 'absent.yaml' cannot be read": lambda: load_rules(Path("absent.yaml")),
    }
    for sentence, parse in cases.items():
        with pytest.raises(InvalidSettings) as raised:
            parse()
        assert str(raised.value).startswith(sentence)


def test_a_secret_address_comes_from_a_file_and_is_in_no_representation(tmp_path: Path) -> None:
    (tmp_path / "slack").write_text("slack://secret-token/\n")
    (tmp_path / "rules.yaml").write_text("contacts: [{name: team, apprise_file: slack}]")
    (contact,) = load_rules(tmp_path / "rules.yaml").contacts
    assert (contact.channel, contact.address) == ("apprise", "slack://secret-token/")
    assert "secret" not in repr(contact)


def test_what_is_wrong_names_the_file_first(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"rules": [{**_RULE, "threshold": "2%"}]}))
    with pytest.raises(InvalidSettings) as raised:
        load_rules(path)
    assert str(raised.value) == f"{path}: rule 'errors': threshold is '2%'; give a number"
    path.write_bytes(b"interval: \xff")
    with pytest.raises(InvalidSettings, match="byte 10 is no UTF-8; save the file as UTF-8"):
        load_rules(path)


def test_an_empty_file_keeps_the_rules_that_come_along() -> None:
    assert parse_rules("") == load_rules()


def test_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(InvalidSettings) as raised:
        _parse(contacts=[{"name": "a", "webhook": "htps://secret"}])
    assert "secret" not in str(raised.value)


def test_a_file_without_rules_keeps_those_that_come_along_as_it_adjusts_them() -> None:
    text = """
    adjust:
      cost-per-hour: {parameters: {amount_usd: 10}, severity: critical}
      drift-alarm: off
    contacts: [{name: team, webhook: "https://example.org"}]
    """
    shipped = {rule.id: rule for rule in load_rules().rules}
    found = {rule.id: rule for rule in parse_rules(text).rules}
    assert set(found) == set(shipped) - {"drift-alarm"}
    cost = found.pop("cost-per-hour")
    assert cost == replace(shipped["cost-per-hour"], parameters={"amount_usd": 10.0}, severity="critical")
    assert all(shipped[name] == rule for name, rule in found.items())


@pytest.mark.parametrize(
    ("adjust", "sentence"),
    [
        ("{nothing: off}", "adjust names the rule 'nothing', which is not there"),
        ("{drift-alarm: 5}", "adjust: drift-alarm is 5; give keys with values, or off"),
        ("{drift-alarm: {thresold: 1}}", "rule 'drift-alarm' has the unknown key 'thresold'"),
        ("{error-budget-fast: {threshold: 100}}", "rule 'error-budget-fast': the rule cannot fire: with an objective of 0.99"),
    ],
)
def test_an_adjustment_is_checked_like_a_rule(adjust: str, sentence: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        parse_rules(f"adjust: {adjust}")
    assert str(raised.value).startswith(sentence)


def test_the_files_in_the_documentation_are_sound(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "slack").write_text("slack://a/b/c")
    document = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml\n(.*?)```", document, re.DOTALL)
    books = [parse_rules(text, folder=tmp_path) for text in files]
    assert [(len(book.rules), len(book.contacts), len(book.mute_timings)) for book in books] == [
        (len(load_rules().rules) - 1, 3, 2),
        (1, 1, 1),
    ]


def test_the_documentation_names_every_kind_and_its_parameters() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
    told = {
        row[0]: set(re.findall(r"`(\w+)`", row[1]))
        for row in re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", document, re.MULTILINE)
    }
    for name, kind in KINDS.items():
        assert told[name] == set(kind.parameters)
