"""The rules file: what comes along is sound, and what is wrong with a file is said in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from spanhouse_collector.errors import InvalidSettings
from spanhouse_dashboards.alerts import Contact, Rule, load_rules, parse_rules

_RULE = {
    "id": "errors",
    "title": "Error rate",
    "description": "Calls fail.",
    "sql": "llm_error_rate",
    "comparison": "above",
    "threshold": 0.05,
    "unit": "percentunit",
    "panel": "error-rate",
}


def _parse(*rules: dict[str, object], **document: object) -> object:
    return parse_rules(yaml.safe_dump({"rules": list(rules), **document}))


def test_a_rule_is_read_with_its_durations_in_seconds() -> None:
    book = parse_rules(
        yaml.safe_dump(
            {
                "interval": "30s",
                "rules": [{**_RULE, "for": "2m", "window": "1h", "contact": "oncall", "variables": {"score": "a"}}],
                "contacts": [{"name": "oncall", "webhook": "https://example.org/hook"}],
            }
        )
    )
    assert book.interval_s == 30
    assert book.contacts == (Contact(name="oncall", webhook_url="https://example.org/hook"),)
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
            variables={"score": "a"},
        ),
    )


def test_the_rules_that_come_along_cover_what_an_engineer_is_woken_for() -> None:
    assert {"llm-error-rate", "llm-latency-p95", "quality-drop", "drift-alarm"} <= {rule.id for rule in load_rules().rules}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"thresold": 1}, "rule 'errors' has the unknown key 'thresold'; use one of "),
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
        (
            {"threshold": 14.4, "slo": {"objective": 0.9, "short_window": "1m"}},
            "rule 'errors' cannot fire: with an objective of 0.9 the burn rate is at most 10, and the threshold is 14.4",
        ),
        ({"slo": {"objective": 99, "short_window": "1m"}}, "rule 'errors': slo: objective is 99; give the share of good events"),
        ({"slo": {"objective": 0.99, "short_window": "10m"}}, "rule 'errors': slo: short_window is not shorter than window"),
        (
            {"comparison": "below", "slo": {"objective": 0.99, "short_window": "1m"}},
            "rule 'errors': comparison is 'below'; a burn",
        ),
        ({"labels": {"team": 5}}, "rule 'errors': labels: team is 5; give a text"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_in_one_sentence(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        _parse({**_RULE, **change})
    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


def test_what_is_wrong_with_a_file_is_said_in_one_sentence() -> None:
    lacking = {key: value for key, value in _RULE.items() if key != "threshold"}
    cases: dict[str, Callable[[], object]] = {
        "rule 'errors' has no 'threshold'; add it": lambda: _parse(lacking),
        "rule 'errors' is there twice; rename one": lambda: _parse(_RULE, _RULE),
        "contact 'a': webhook is 'ftp://x'; give an address": lambda: _parse(contacts=[{"name": "a", "webhook": "ftp://x"}]),
        "the alert rules: rules is 5; give a list": lambda: parse_rules("rules: 5"),
        "the alert rules are not YAML": lambda: parse_rules("rules: ["),
        "the alert rules is ['a']; give keys with values": lambda: parse_rules("- a"),
        "the alert rules 'absent.yaml' cannot be read": lambda: load_rules(Path("absent.yaml")),
    }
    for sentence, parse in cases.items():
        with pytest.raises(InvalidSettings) as raised:
            parse()
        assert str(raised.value).startswith(sentence)
