"""What is found in texts, however it is written, and what is not taken for it."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanhouse_collector.otlp import protobuf, redact
from spanhouse_collector.redaction.configuration import parse
from spanhouse_collector.redaction.redactor import Redactor
from tests.collector.redaction.samples import KINDS, PERSONAL, SECRETS, core
from tests.otlp.messages import span, traces

ALL = {"detectors": ["secrets", "personal"]}


def redactor(options: dict[str, object] | None = None, **more: float) -> Redactor:
    return Redactor(parse(ALL if options is None else options).rules, count=lambda _rule: None, **more)


EVERYTHING = redactor()


def _escaped(text: str) -> str:
    """Every character as JSON may write it, in JSON in JSON."""
    return json.dumps(json.dumps({"a": "?"}).replace("?", "".join(f"\\u{ord(one):04x}" for one in text)))


WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: f"before {text} after",
    "alone": lambda text: text,
    "line": lambda text: f"before\n{text}\nafter",
    "json": lambda text: json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"it is\n{text}"}]}]),
    "json key": lambda text: json.dumps({text: 1}),
    "json in json": lambda text: json.dumps({"arguments": json.dumps({"content": f"it is\n{text}", "n": [1]})}),
    "json in json in json": lambda text: json.dumps(json.dumps(json.dumps([f"\t{text}\t"]))),
    "cut-off json": lambda text: json.dumps({"arguments": json.dumps({"content": f"it is\n{text}\n"})})[:-3],
    "json in prose": lambda text: f"The tool said {json.dumps(json.dumps(chr(10) + text))}, and ended.",
    "escaped": _escaped,
    "escaped slashes": lambda text: json.dumps({"content": text}).replace("/", "\\/"),
    "percent": lambda text: f"https://example.com/?q={quote(text, safe='')}&n=1",
    "percent everywhere": lambda text: f"https://example.com/?q={''.join(f'%{ord(one):02X}' for one in text)}",
    "percent twice": lambda text: f"https://example.com/?q={quote(quote(text, safe=''), safe='')}",
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_found_however_it_is_written(kind: str, writing: str) -> None:
    for seed in range(20):
        sample = KINDS[kind](random.Random(seed))
        text = WRITINGS[writing](sample)
        found = EVERYTHING.text(text)
        assert core(sample) not in found, found
        assert f"[redacted:{kind}]" in found
        _stays_json(text, found)


def _stays_json(before: str, after: str) -> None:
    try:
        json.loads(before)
    except ValueError:
        return
    if before[0] in '{["':
        json.loads(after)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4) | inner.map(json.dumps),
    max_leaves=12,
)
_kinds = st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 10_000)).map(lambda one: KINDS[one[0]](random.Random(one[1])))


@given(value=_json, sample=_kinds, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_json_stays_json_and_keeps_all_else(value: object, sample: str, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps({"before": value, "secret": f"<{sample}>", "after": value}, ensure_ascii=ascii_only, indent=indent)
    found = EVERYTHING.text(text)
    assert core(sample) not in found
    rest = json.loads(found)
    assert re.fullmatch(r"<(Bearer )?\[redacted:\w+\]>", rest["secret"])
    assert rest["before"] == rest["after"]


@given(text=st.text(), sample=_kinds, writing=st.sampled_from(sorted(WRITINGS)))
def test_the_search_of_the_bytes_misses_nothing_that_the_text_gives(text: str, sample: str, writing: str) -> None:
    """What rewrites the text of an attribute is seen in the serialized request around it, whatever stands beside it."""
    written = f"{text} {WRITINGS[writing](sample)}"
    request = traces(span(given={"a": written}))
    if EVERYTHING.text(written) != written:
        assert EVERYTHING.suspects(request.SerializeToString())


_NORMAL = """
The quick brown fox jumps over the lazy dog; prices rose 3.5 % in 2024-07-18T10:22:33.123456Z (12:30:45), see section 1.2.3.
550e8400-e29b-41d4-a716-446655440000 018f3c2e-7b1a-7cc3-98c4-dc0c0c07398f 5f2b8c1d9e4a7f6b3c8d1e0f2a5b4c7d
1795168800000000000 1795168800123456 1795168800123 1795168800 0x7ffee4b2c3d0 1,234,567.89 -12345678901234567890
sk-learn is scikit-learn; ask-me-anything-about-something-long; task-1234567890-abcdefghij; desk-123456789012345678901
sk-this-is-only-a-long-name-with-hyphens gsk_this_is_a_name_without_any_digits
user@localhost @decorator @dataclass(frozen=True) a@b foo@ @bar name@1.2 git@
std::vector<int> Face::Bead abc::def 10:22:33 00:1a:2b:3c:4d:5e v1.2.3 2.0.0 192.168 1.2.3
127.0.0.1 0.0.0.0 255.255.255.0 ::1 a::b
the bearer of this letter; bearer bonds are securities; Authorization is required; cookie policy; the password is secret
api_key=os.environ["OPENAI_API_KEY"] password: str = Field(...) "api_key": null def login(user, password): return token
4111 1111 1111 1112 1234 5678 9012 3456 6011-0000-0000-0000 DE12 3456 7890 AB12CD34EF56 GB00 WEST 1234 5698 7654 32
+1 +12 +123 a+12345678 1+2345678 555-1234 12-345-6789 2024-07-18 100 200 3000 123.456.7890.1234 phone: none
eyJhbGciOiJub25lIn0 AKIAIOSFODNN7 ghp_short xoxb- AIzaShort -----BEGIN CERTIFICATE-----
https://example.com/path?q=a%20b%2Fc&x=%3D#frag https://example.com:8080/@user/a:b postgresql://localhost:5432/db
file:///C:/new/table C:\\new\\table\\readme.txt \\alpha \\nabla 50% 100%25 %d %s {"a": "b\\\\n"}
\\u2019 \\u00e9 def f(x: int) -> int:
chatcmpl-9f8e7d6c5b4a3210 session-1234 user-42 call_abc123DEF456 msg_01XFDUDYJgAACzvnptvVoYEL toolu_01A09q90qw90lq917835lq9
"""


@pytest.mark.parametrize("line", _NORMAL.strip().splitlines())
def test_normal_text_code_ids_and_times_stay_as_they_are(line: str) -> None:
    assert EVERYTHING.text(line) == line
    as_json = json.dumps([{"role": "user", "parts": [{"type": "text", "content": line}]}])
    assert EVERYTHING.text(as_json) == as_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE89 3704 0044 0532 0130 00 AND FR76 3000 6000 0112 3456 7890 189 TOO", "[redacted:iban] AND [redacted:iban] TOO"),
        ("PT50 0002 0123 1234 5678 9015 4", "[redacted:iban]"),
        ("order 1234 4111 1111 1111 1111", "order 1234 [redacted:card]"),
        ("3782 822463 10005 or 5500-0000-0000-0004", "[redacted:card] or [redacted:card]"),
        ("198.51.100.7 198.51.100.8, 2001:db8::8:800:200c:417a", "[redacted:ip] [redacted:ip], [redacted:ip]"),
        ("call (212) 555-0142 or +44 20 7946 0958.", "call [redacted:phone] or [redacted:phone]."),
        ("J.Müller+x@exämple.de", "[redacted:email]"),
        (
            "redis://:hunter2@cache:6379 https://u:p4ss@host/x",
            "redis://:[redacted:url_password]@cache:6379 https://u:[redacted:url_password]@host/x",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted:private_key]"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = [redacted:aws_key]"),
        ('{"n":4111111111111111,"x":1.50}', '{"n":"[redacted:card]","x":1.50}'),
        (
            '{"password":"hunter2","api_key":"","authorization":["a b"],"token_count":3}',
            '{"password":"[redacted:credential_field]","api_key":"","authorization":"[redacted:credential_field]","token_count":3}',
        ),
        ('{"properties":{"password":{"type":"string"}}}', '{"properties":{"password":{"type":"string"}}}'),
    ],
)
def test_what_is_found_is_marked_and_what_stands_around_it_stays(text: str, expected: str) -> None:
    assert EVERYTHING.text(text) == expected


@pytest.mark.parametrize("kind", PERSONAL)
def test_personal_data_is_kept_unless_the_project_says_otherwise(kind: str) -> None:
    sample = PERSONAL[kind](random.Random(1))
    assert redactor({}).text(sample) == sample
    assert redactor({"detectors": []}).text(SECRETS["api_key"](random.Random(1))).startswith("sk-")


def test_a_text_that_cannot_be_processed_is_dropped_and_counted() -> None:
    counted: Counter[str] = Counter()
    hasty = Redactor(parse(ALL).rules, count=lambda rule: counted.update([rule]), budget_s=-1.0)
    nested = KINDS["email"](random.Random(1))
    for _ in range(14):
        nested = json.dumps([nested])
    deep = "[" * 100_000 + KINDS["email"](random.Random(1))
    assert hasty.text("bob@example.com") == "[redacted:unprocessed]"
    assert counted == {"unprocessed": 1}
    assert EVERYTHING.text(nested) == "[redacted:unprocessed]"
    assert "@" not in EVERYTHING.text(deep)


def test_the_span_of_a_text_that_cannot_be_processed_is_kept() -> None:
    request = traces(span("chat", {"a": "bob@example.com", "b": "fine"}))
    kept = redact.redacted(request, protobuf.check_request(request), redactor=redactor(budget_s=-1.0))
    (stored,) = ExportTraceServiceRequest.FromString(kept.body).resource_spans[0].scope_spans[0].spans
    assert [(one.key, one.value.string_value) for one in stored.attributes] == [("a", "[redacted:unprocessed]"), ("b", "fine")]
