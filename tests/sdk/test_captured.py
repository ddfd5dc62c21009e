"""``spanhouse.testing.capture`` holds what would leave: masked, cut, and without content where that is off."""

from pathlib import Path
from typing import Any

import pytest
from opentelemetry.trace import Link

import spanhouse
from spanhouse.outgoing import MASK_FAILED
from spanhouse.settings import InvalidSettingError, Masks
from spanhouse.testing import capture

ADDRESS = "ann@example.com"


@pytest.mark.parametrize(
    "mask", [{"detectors": ["email"]}, lambda _key, text: text.replace(ADDRESS, "someone")], ids=["rules", "function"]
)
def test_what_is_caught_is_masked(mask: Masks) -> None:
    with capture(mask=mask) as captured:
        with spanhouse.span("support", kind="workflow") as step:
            step.set_input(f"write to {ADDRESS}")
            link = Link(captured.tracer_provider.get_tracer("app").start_span("other").get_span_context(), {"to": ADDRESS})
            with captured.tracer_provider.get_tracer("app").start_as_current_span("sent", links=[link]) as other:
                other.add_event("asked", {"by": ADDRESS})
        spanhouse.feedback(True, f"said {ADDRESS}", session_id="s-1")
    told = [span.to_json() for span in captured.spans] + [record.to_json() for record in captured.scores]
    assert len(told) == 3
    assert not any(ADDRESS in text for text in told)


def test_a_mask_that_fails_lets_nothing_through() -> None:
    def broken(_key: str, _text: str) -> str:
        raise RuntimeError("no idea")

    with capture(mask=broken) as captured, spanhouse.span("support", kind="workflow") as step:
        step.set_input("secret")
    (span,) = captured.spans
    assert MASK_FAILED in dict(span.attributes or {}).values()
    assert "secret" not in span.to_json()


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        ({"capture_content": False}, {}),
        ({"content_limit_chars": 40}, {"gen_ai.input.messages": "x" * 40 + "… [cut]"}),
    ],
)
def test_what_another_instrumentation_wrote_is_caught_as_it_would_leave(choices: dict[str, Any], left: dict[str, str]) -> None:
    with capture(**choices) as captured, captured.tracer_provider.get_tracer("app").start_as_current_span("chat") as span:
        span.set_attribute("gen_ai.input.messages", "x" * 100)
    assert captured.span("chat").attributes == left


@pytest.mark.parametrize("mask", [7, {"detectors": ["nobody"]}, Path("nowhere.json")])
def test_a_mask_that_is_none_is_refused(mask: Masks) -> None:
    with pytest.raises(InvalidSettingError), capture(mask=mask):
        pass
