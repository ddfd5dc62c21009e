"""Pushing to Grafana through the real client: every request keeps to the published API, and the second push changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from openapi_core import OpenAPI

from spanhouse_dashboards.alerts import Contact, load_rules
from spanhouse_dashboards.alerts.timings import MuteTiming
from spanhouse_dashboards.grafana import GrafanaOptions, GrafanaTarget, push
from spanhouse_dashboards.grafana.build import dashboards, rule_group
from spanhouse_dashboards.grafana.push import GrafanaAway, GrafanaRefused
from spanhouse_dashboards.panels import PAGES
from tests.contract.stand_in import TOKEN, StandIn, serve

pytestmark = [pytest.mark.shared, pytest.mark.net]

_BOOK = load_rules()
_OPTIONS = GrafanaOptions(
    password="hush",
    book=replace(
        _BOOK,
        rules=(replace(_BOOK.rules[0], contact="oncall", mute=("weekend",)), *_BOOK.rules[1:]),
        contacts=(Contact(name="oncall", address="http://127.0.0.1:9/hook"),),
        mute_timings=(MuteTiming(name="weekend", weekdays=("saturday", "sunday"), timezone="Europe/Berlin"),),
    ),
)


def _target(server: StandIn, token: str = TOKEN) -> GrafanaTarget:
    return GrafanaTarget(url=server.url, token=token, timeout_s=5)


def test_everything_is_created_once_and_then_kept(grafana_api: OpenAPI) -> None:
    with serve(grafana_api) as server:
        first = push(_target(server), _OPTIONS)
        second = push(_target(server), _OPTIONS)
    assert server.violations == []
    assert [change.kind for change in first] == [
        "folder",
        "data source",
        *["dashboard"] * len(PAGES),
        "contact point",
        "mute timing",
        "alert rules",
    ]
    assert {change.action for change in first} == {"create"}
    assert {(change.action, change.diff) for change in second} == {("keep", "")}
    assert len(server.writes) == len(first)


def test_a_dry_run_tells_and_writes_nothing(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        changes = push(_target(server), _OPTIONS, dry_run=True)
    assert {change.action for change in changes} == {"create"}
    assert server.writes == []


def test_what_was_changed_in_grafana_is_shown_and_set_right(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        push(_target(server), _OPTIONS)
        server.dashboards["spanhouse-overview"]["dashboard"]["title"] = "Mine"
        (group,) = server.groups.values()
        group["rules"].pop()
        server.mute_timings["spanhouse-weekend"]["time_intervals"][0]["weekdays"] = ["sunday"]
        changes = [change for change in push(_target(server), _OPTIONS) if change.action != "keep"]
        assert {change.action for change in push(_target(server), _OPTIONS)} == {"keep"}
    assert [(change.kind, change.action) for change in changes] == [
        ("dashboard", "update"),
        ("mute timing", "update"),
        ("alert rules", "update"),
    ]
    assert '-  "title": "Mine"' in changes[0].diff
    assert '+  "title": "Spanhouse: Overview"' in changes[0].diff
    # Of the rules the one that is missing, and of the others not even what Grafana adds to them.
    assert changes[2].diff.count('+   "title":') == 1
    assert '"provenance"' not in changes[2].diff


def test_what_a_rule_no_longer_says_is_taken_away(strict_api: OpenAPI) -> None:
    """Grafana adds much to what it is sent, so a key of its own is no change; a label or a receiver that is gone is one."""
    first, *others = _OPTIONS.book.rules
    plain = replace(_OPTIONS, book=replace(_OPTIONS.book, rules=(replace(first, contact="", labels={}, runbook=""), *others)))
    labelled = replace(first, labels={"team": "models"}, runbook="https://example.org/errors")
    with serve(strict_api) as server:
        push(_target(server), replace(_OPTIONS, book=replace(_OPTIONS.book, rules=(labelled, *others))))
        changes = [change for change in push(_target(server), plain) if change.action != "keep"]
        (group,) = server.groups.values()
        assert {change.action for change in push(_target(server), plain)} == {"keep"}
    assert [(change.kind, change.action) for change in changes] == [("alert rules", "update")]
    assert "notification_settings" not in group["rules"][0]
    assert "team" not in group["rules"][0]["labels"]


def test_prune_deletes_what_is_ours_and_no_longer_wanted_and_nothing_else(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        push(_target(server), _OPTIONS)
        for uid, tags in (
            ("spanhouse-former", ["spanhouse"]),
            ("mine", []),
            ("spanhouse-mine", ["team"]),
            ("own", ["spanhouse"]),
        ):
            board = {"uid": uid, "title": f"Board {uid}", "tags": tags}
            server.dashboards[uid] = {"dashboard": board, "meta": {"folderUid": "spanhouse"}}
        for name in ("mine", "spanhouse-mine"):
            # Made by hand: Grafana notes no provenance.
            server.mute_timings[name] = {"name": name, "time_intervals": []}
        by_hand: dict[str, Any] = {"uid": "spanhouse-hand", "name": "hand", "type": "webhook", "settings": {}}
        other: dict[str, Any] = {"uid": "spanhouse-x", "name": "pager", "type": "webhook", "settings": {}, "provenance": "api"}
        server.contact_points |= {"spanhouse-hand": by_hand, "spanhouse-x": other}
        without_contacts = replace(_OPTIONS, book=_BOOK)  # and without mute timings
        kept = push(_target(server), without_contacts)
        told = push(_target(server), without_contacts, prune=True, dry_run=True)
        assert "spanhouse-former" in server.dashboards
        gone = [change for change in push(_target(server), without_contacts, prune=True) if change.action == "delete"]
        deleted = [change.uid for change in gone]
    assert server.violations == []
    assert [change for change in kept if change.action == "delete"] == []
    assert [change.uid for change in told if change.action == "delete"] == deleted
    assert deleted == ["spanhouse-former", "spanhouse-oncall", "spanhouse-weekend"]
    assert [change.title for change in gone] == ["Board spanhouse-former", "oncall", ""]
    assert '- "title": "Board spanhouse-former"' in gone[0].diff
    assert {"mine", "spanhouse-mine", "own"} <= set(server.dashboards)
    assert set(server.mute_timings) == {"mine", "spanhouse-mine"}
    assert set(server.contact_points) == {"spanhouse-hand", "spanhouse-x"}


def test_the_users_folder_title_and_policies_stay(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        push(_target(server), _OPTIONS)
        server.folders["spanhouse"]["title"] = "Our models"
        push(_target(server), _OPTIONS)
    assert server.folders["spanhouse"]["title"] == "Our models"
    assert [path for _, path in server.writes if "policies" in path] == []


def test_a_wrong_token_is_refused_in_one_sentence(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server, pytest.raises(GrafanaRefused, match="refuses: Unauthorized; check the credential"):
        push(_target(server, "wrong"), _OPTIONS)


def test_whoever_gives_no_credential_is_told_to(strict_api: OpenAPI) -> None:
    with (
        serve(strict_api) as server,
        pytest.raises(GrafanaRefused, match="Unauthorized; give a service account's token, or user and"),
    ):
        push(_target(server, ""), _OPTIONS)


def test_an_address_that_has_no_grafana_is_doubted_and_not_the_credential(strict_api: OpenAPI) -> None:
    with serve(strict_api, below="/grafana") as server, pytest.raises(GrafanaRefused, match="Not found; check the address"):
        push(replace(_target(server), url=server.url.removesuffix("/grafana")), _OPTIONS)


@pytest.mark.parametrize("end", ["", "/"])
def test_a_grafana_below_a_path_is_reached(strict_api: OpenAPI, end: str) -> None:
    with serve(strict_api, below="/grafana") as server:
        changes = push(replace(_target(server), url=f"{server.url}{end}"), _OPTIONS)
    assert (server.violations, {change.action for change in changes}) == ([], {"create"})


def test_a_password_in_the_address_is_not_told(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server, pytest.raises(GrafanaRefused) as caught:
        push(GrafanaTarget(url=server.url.replace("//", "//ann:hush@")), _OPTIONS)
    assert str(caught.value) == f"Grafana at {server.url} refuses: Unauthorized; check the credential and its role"


def test_an_at_sign_in_the_path_is_no_credential(strict_api: OpenAPI) -> None:
    with serve(strict_api, below="/team@home") as server, pytest.raises(GrafanaRefused) as caught:
        push(_target(server, ""), _OPTIONS)
    advice = "give a service account's token, or user and password"
    assert str(caught.value) == f"Grafana at {server.url} refuses: Unauthorized; {advice}"


def test_a_grafana_that_is_away_is_named(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        gone = _target(server)
    with pytest.raises(GrafanaAway, match=f"Grafana at {gone.url} cannot be reached"):
        push(gone, _OPTIONS)


def _dashboard_command() -> dict[str, Any]:
    return {"dashboard": dashboards(_OPTIONS)[0], "folderUid": "spanhouse", "overwrite": True}


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: one for key, one in value.items() if key != name}


@pytest.mark.parametrize("mutation", ["folder", "misspelt", "no condition", "no data", "contact type", "bad uid", "mute timing"])
def test_the_stand_in_refuses_what_grafana_would_refuse(strict_api: OpenAPI, mutation: str) -> None:
    group = rule_group(_OPTIONS)
    rule = group["rules"][0]
    requests: dict[str, tuple[str, str, dict[str, Any]]] = {
        "folder": ("POST", "/api/dashboards/db", {**_dashboard_command(), "folderUid": 7}),
        "misspelt": ("POST", "/api/dashboards/db", {**_dashboard_command(), "folderUidd": "spanhouse"}),
        "no condition": ("PUT", "", {**group, "rules": [_without(rule, "condition")]}),
        "no data": ("PUT", "", {**group, "rules": [{**rule, "noDataState": "nodata"}]}),
        "contact type": ("POST", "/api/v1/provisioning/contact-points", {"name": "a", "type": "pager", "settings": {}}),
        "mute timing": ("POST", "/api/v1/provisioning/mute-timings", {"name": "a", "time_intervals": [{"weekday": ["monday"]}]}),
        "bad uid": ("PUT", "", {**group, "rules": [{**rule, "uid": "a b"}]}),
    }
    method, path, body = requests[mutation]
    path = path or f"/api/v1/provisioning/folder/spanhouse/rule-groups/{group['title']}"
    with serve(strict_api) as server:
        assert _send(server, method, path=path, body=body) == 400
    (violation,) = server.violations
    assert "Request body validation error" in violation


def test_the_stand_in_accepts_the_same_requests_unmutated(strict_api: OpenAPI) -> None:
    with serve(strict_api) as server:
        push(_target(server), _OPTIONS)
        assert _send(server, "POST", path="/api/dashboards/db", body=_dashboard_command()) == 200
    assert server.violations == []


def _send(server: StandIn, method: str, *, path: str, body: dict[str, Any]) -> int:
    text = json.dumps(body).encode()
    return server.answer(method, path, body=text, authorization=f"Bearer {TOKEN}")[0]
