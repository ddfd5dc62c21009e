"""The command line: exit codes, and errors as one sentence on stderr."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanhouse_server.cli import run


def test_wrong_settings_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--http-port", "x"]) == 2
    assert capsys.readouterr().err == "spanhouse: http_port is 'x'; give a whole number\n"


def test_what_is_not_there_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "revoke", "sph_nobody", "--data", str(tmp_path)]) == 1
    assert "no active key begins with 'sph_nobody'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["why", "--span", "0123456789abcdef", "--evaluator", "refusal"],
        ["backfill", "refusal", "--since", "2026-01-01"],
        ["evaluate", "--project", "default", "--evaluators", "refusal", "--json"],
        ["report", "--out", "report.html"],
    ],
    ids=lambda command: command[0],
)
def test_reading_where_nothing_ran_yet_says_so_and_makes_nothing(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--data", str(tmp_path / "none")]) == 1
    expected = f"spanhouse: there is no store in '{tmp_path}/none/store'; give --data of the service that has one\n"
    assert capsys.readouterr() == ("", expected)
    assert not (tmp_path / "none").exists()


@pytest.mark.store
def test_reading_a_database_without_tables_names_the_command_that_makes_them(
    engine_url: str, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--store", engine_url, "--database", database]
    assert run(["evaluate", "--project", "default", "--evaluators", "refusal", *place]) == 1
    expected = f"spanhouse: database {database!r} of this store has no spans; `spanhouse migrate` makes its tables\n"
    assert capsys.readouterr().err == expected


def test_a_key_is_shown_once_and_then_by_its_beginning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "create", "--project", "shop", "--scope", "read", "--data", str(tmp_path)]) == 0
    key = capsys.readouterr().out.strip()
    assert run(["keys", "list", "--data", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert (key[:12] in listed, key in listed, "shop" in listed, "active" in listed) == (True, False, True, True)
    assert run(["keys", "revoke", key[:12], "--data", str(tmp_path)]) == 0
    assert run(["keys", "list", "--data", str(tmp_path)]) == 0
    assert "revoked" in capsys.readouterr().out


def test_an_address_that_others_can_reach_needs_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "0.0.0.0", "--data", str(tmp_path)]) == 2
    assert "run `spanhouse keys create`" in capsys.readouterr().err


@pytest.mark.store
def test_migrations_are_listed_shown_and_applied(engine_url: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--store", engine_url, "--database", database]
    assert run(["migrate", "--status", *where]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"pending"}
    assert run(["migrate", "--dry-run", *where]) == 0
    assert "CREATE TABLE spans" in capsys.readouterr().out
    assert run(["migrate", *where]) == 0
    assert "applied  0001_spans" in capsys.readouterr().out
    assert run(["migrate", *where]) == 0
    assert capsys.readouterr().out == ""


def test_provisioning_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["provision", "--out", str(tmp_path / "grafana")]) == 0
    written = capsys.readouterr().out.splitlines()
    assert f"wrote {tmp_path}/grafana/dashboards/spanhouse/spanhouse-overview.json" in written
    assert all(Path(line.removeprefix("wrote ")).is_file() for line in written)


@pytest.mark.parametrize("flag", ["--dry-run", "--prune", "--diff"])
def test_provisioning_files_is_refused_what_only_a_grafana_can_do(
    flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "grafana"
    assert run(["provision", "--out", str(out), flag]) == 2
    assert f"{flag} is for --grafana" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--out", "{out}", "--clickhouse-port", "0"], "clickhouse_port is 0, which leaves the port open"),
        (["--out", "{out}", "--http-port", "0"], "http_port is 0, which leaves the port open"),
        (["--grafana", "127.0.0.1:3000"], "--grafana is '127.0.0.1:3000', which does not begin with http:// or https://"),
    ],
)
def test_provisioning_is_refused_an_address_that_leads_nowhere(
    wrong: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "grafana"
    assert run(["provision", *(part.replace("{out}", str(out)) for part in wrong)]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("goal", [["--out", "{out}"], ["--grafana", "http://127.0.0.1:9"]])
def test_rules_are_provisioned_for_a_project_that_can_be(
    goal: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "grafana"
    assert run(["provision", *(part.replace("{out}", str(out)) for part in goal), "--project", "a b"]) == 2
    assert "--project: 'a b' cannot name a project; use 1 to 63 of a-z, 0-9, - and _" in capsys.readouterr().err
    assert not out.exists()


def test_links_of_dashboards_lead_to_the_consoles_port_or_the_public_address(tmp_path: Path) -> None:
    by_port, by_address = tmp_path / "port", tmp_path / "address"
    assert run(["provision", "--out", str(by_port), "--http-port", "4999"]) == 0
    assert run(["provision", "--out", str(by_address), "--http-port", "0", "--public-url", "https://watch.example.org/"]) == 0
    board = "dashboards/spanhouse/spanhouse-errors.json"
    assert '"http://127.0.0.1:4999/traces' in (by_port / board).read_text()
    assert '"https://watch.example.org/traces' in (by_address / board).read_text()
