"""Masking by rules: the collector's language, held to the examples that the collector is held to."""

import json
import logging
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spanhouse
from spanhouse.masking.masker import Masker
from spanhouse.masking.rules import InvalidRulesError, read
from tests.sdk.otlp_receiver import Receiver

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "redaction_vectors.json").read_text(encoding="utf-8"))
EVERYTHING = Masker(read({"detectors": ["secrets", "personal"], "redact_all_types": True}))
KEY = "sk-proj-Ab3dEfGhIjKlMnOpQrStUvWx"


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_example_is_masked_as_the_collector_does(vector: dict[str, Any]) -> None:
    masker = Masker(read(vector["rules"]))
    if "text" in vector:
        assert masker.text(vector["text"]) == vector["masked"]
    else:
        assert masker.attributes(vector["attributes"]) == vector["left"]


LEAVES = st.none() | st.booleans() | st.integers() | st.text()


@settings(max_examples=40)
@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text("xyz"), inner), max_leaves=20))
def test_json_stays_json_of_the_same_shape(value: Any) -> None:
    def shape(plain: Any) -> Any:
        if isinstance(plain, dict):
            return [shape(item) for item in plain.values()]
        return [shape(item) for item in plain] if isinstance(plain, list) else None

    assert shape(json.loads(EVERYTHING.text(json.dumps({"value": value})))) == shape({"value": value})


@settings(max_examples=40)
@given(st.text(alphabet=string.printable))
def test_what_is_masked_once_is_not_masked_again(text: str) -> None:
    once = EVERYTHING.text(f"{text} {KEY}")
    assert KEY not in once
    assert EVERYTHING.text(once) == once


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 100_000 + "@",
        "a." * 50_000 + "@b." * 20_000,
        "@" + "a" * 100_000,
        "AB12" * 20_000,
        "AB12 " * 20_000,
        "+1" + "2" * 100_000,
        "+1234567890123456789012345678901234567890 " * 5_000,
        "eyJaaaaaaaa-" * 20_000,
        "://a:" * 20_000,
        "1:" * 100_000,
        "sk-" * 30_000,
        "[" * 100_000,
        '"' + "\\" * 100_000,
        "%25" * 30_000 + "40",
    ],
    ids=range(14),
)
def test_text_made_to_keep_expressions_busy_is_read_all_the_same(hostile: str) -> None:
    """Each of these takes minutes where an expression goes back and forth; the suite's time limit is the assertion."""
    assert KEY not in EVERYTHING.text(hostile + " " + KEY)


def test_text_that_cannot_be_read_is_not_sent() -> None:
    deep = "1"
    for _ in range(16):
        deep = json.dumps([deep])
    assert EVERYTHING.text(deep).count("unprocessed") == 1


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"detector": []}, "detector is no option"),
        ({"detectors": ["secret"]}, "detectors holds 'secret'; give any of api_key"),
        ({"blocked_values": ["("]}, "is no regular expression"),
        ({"blocked_values": ["a*"]}, "matches the empty text"),
        ({"blocked_values": "a"}, "blocked_values is 'a'; give a list of texts"),
        ({"allow_all_keys": "no"}, "give true or false"),
        ({"hash_function": "sha2"}, "hash_function is 'sha2'; give one of md5, sha1"),
        ({"hash_function": "hmac-sha256"}, "there is no hmac_key"),
    ],
)
def test_wrong_rule_is_named(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRulesError, match=message.replace("(", r"\(")):
        read(rules)


def test_wrong_rules_send_nothing_at_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"detectors": ["everything"]}', encoding="utf-8")
    spanhouse.init(instrument=False, mask=path)
    assert not spanhouse.report().active
    assert "detectors holds 'everything'" in spanhouse.report().problem


@pytest.mark.net
def test_rules_in_a_file_mask_names_attributes_events_errors_and_scores(receiver: Receiver, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"detectors": ["secrets", "personal"], "projects": {"shop": {}}}', encoding="utf-8")
    spanhouse.init(receiver.url, instrument=False, mask=str(path))
    with spanhouse.span("mail ada@example.com", kind="tool") as span:
        span.set_input({"to": "ada@example.com", "password": "hunter2"})
        span.set_error(ValueError("ada@example.com is unknown"))
        spanhouse.score("safe", 0.0, explanation=f"shows {KEY}")
    assert spanhouse.flush()
    sent = repr(receiver.spans) + repr(receiver.logs)
    assert [secret for secret in ("ada@", "hunter2", KEY) if secret in sent] == []
    assert receiver.spans[0].attributes["gen_ai.tool.call.arguments"] == (
        '{"to": "[redacted:email]", "password": "[redacted:credential_field]"}'
    )


class Stopped(BaseException):
    """What no `except Exception` catches, as a cancelled task raises."""


@pytest.mark.net
def test_mask_that_raises_what_ends_threads_ends_none(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    def mask(key: str, text: str) -> str:
        raise Stopped

    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(receiver.url, instrument=False, mask=mask)
        for name in ("one", "another"):
            with spanhouse.span(name) as span:
                span.set_attribute("card", "4711")
            assert spanhouse.flush()
    assert [span.attributes["card"] for span in receiver.spans] == ["[not sent: the mask failed]"] * 2


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
def test_what_a_mask_calls_is_not_traced(receiver: Receiver) -> None:
    """Else each of its spans would have to be masked, for ever."""

    def mask(key: str, text: str) -> str:
        with spanhouse.span("inside the mask"):
            return "masked"

    spanhouse.init(receiver.url, instrument=False, mask=mask)
    with spanhouse.span("pay") as span:
        span.set_attribute("card", "4711")
    assert spanhouse.flush()
    spanhouse.shutdown()
    assert [(span.name, span.attributes) for span in receiver.spans] == [("pay", {"card": "masked"})]


@pytest.mark.net
def test_word_of_losses_is_not_masked(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [400]
    spanhouse.init(receiver.url, instrument=False, mask=lambda key, text: "[gone]")
    with spanhouse.span("lost"):
        pass
    assert not spanhouse.flush()
    spanhouse.shutdown()
    assert receiver.logs[0].attributes["spanhouse.sdk.reason"] == "refused"


@pytest.mark.parametrize("mask", [5, ["secrets"]])
def test_mask_of_no_known_kind_is_named(mask: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        spanhouse.init(instrument=False, mask=mask)
    assert f"mask is {mask!r}; give a function, rules as a mapping, or the path of a JSON file" in str(spanhouse.report())
