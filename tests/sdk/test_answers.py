"""What a receiver says of its refusal is told to people: on one line, cut, and without the key that it repeats."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanhouse
from spanhouse.__main__ import main
from tests.sdk.otlp_receiver import Receiver
from tests.server_process import ServerProcess, running_server

pytestmark = pytest.mark.net


@pytest.fixture(scope="module")
def read_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder for a server, and a key of it that may read only."""
    folder = tmp_path_factory.mktemp("keys")
    command = [sys.executable, "-m", "spanhouse_server", "keys", "create", "--data", str(folder / "data"), "--scope", "read"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder, made.stdout.strip()


@pytest.fixture(scope="module")
def guarded(read_key: tuple[Path, str]) -> Iterator[ServerProcess]:
    """A server that asks for keys."""
    with running_server(read_key[0]) as server:
        yield server


def test_unknown_key_and_one_that_may_not_send_are_told_apart(
    guarded: ServerProcess, read_key: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    remedy = "; give a key that may send, by api_key or SPANHOUSE_API_KEY"
    key = read_key[1]
    cases = {
        "sph_wrong-key-of-somebody": (
            "401 Unauthorized (the key 'sph_wrong-ke' is unknown or revoked; make one with `spanhouse keys create`)"
        ),
        key: f"403 Forbidden (the key {key[:12]!r} is for read only; use one for ingest)",
    }
    for given, said in cases.items():
        assert main(["doctor", "--endpoint", guarded.url, "--api-key", given]) == 1
        out = capsys.readouterr().out
        assert f"not delivered: {guarded.url}/v1/traces answered {said}{remedy}\n" in out
        assert given not in out


def test_collector_that_wants_a_key_says_how(guarded: ServerProcess, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", guarded.url]) == 1
    said = "(no key was sent; send one as `Authorization: Bearer KEY` or `x-api-key: KEY`)"
    assert f"answered 401 Unauthorized {said}; give a key" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (429, "the key may send 5 items a second, and has; send again in 1 s"),
        (503, "the journal holds 9 bytes that the store has not taken yet, at most 8; send again later"),
    ],
)
def test_receivers_own_reason_stands_in_place_of_a_guess(
    status: int, says: str, *, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers, receiver.says = [status] * 10_000, says
    assert main(["doctor", "--endpoint", receiver.url, "--timeout", "0.5"]) == 1
    assert f" ({says})\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Authorization=Bearer%20sk-1", "sk-1"),
        (f"Authorization=Basic%20{base64.b64encode(b'shop:pa:ss').decode()}", "pa:ss"),
        ("x-api-key=sk-1", "sk-1"),
        ("x-vendor-team=sk-12345", "sk-12345"),
    ],
)
def test_key_that_a_receiver_repeats_is_not_shown(
    header: str, secret: str, *, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the cut would leave half of it."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", header.replace("==", "%3D%3D"))
    receiver.answers, receiver.says = [401], f"{secret}\r\n\x1b[31m knows nobody {'.' * 171}{secret}{secret}"
    spanhouse.init(receiver.url, instrument=False)
    with spanhouse.span("step"):
        pass
    assert not spanhouse.flush()
    problem = spanhouse.report().problem
    assert f" 401 Unauthorized ([key] [31m knows nobody {'.' * 171}[ke" in problem
    assert secret[:2] not in problem.replace("answered", "")
    assert problem.isprintable()


@pytest.mark.parametrize("says", ["", "\n", "x" * 1_000_000])
def test_what_a_receiver_says_is_bounded(says: str, receiver: Receiver) -> None:
    receiver.answers, receiver.says = [400], says
    spanhouse.init(receiver.url, instrument=False)
    with spanhouse.span("step"):
        pass
    assert not spanhouse.flush()
    assert len(spanhouse.report().problem) < 400
    assert "()" not in spanhouse.report().problem
