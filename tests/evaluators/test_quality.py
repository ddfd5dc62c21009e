"""The deterministic evaluators, by example."""

import json
from collections.abc import Mapping

import pytest

from spanhouse_evaluators.contract import Context, Evaluator, Outcome, Score, Unscored
from spanhouse_evaluators.frames import outcomes_of
from spanhouse_evaluators.quality.answer_length import answer_length
from spanhouse_evaluators.quality.citations import citations
from spanhouse_evaluators.quality.exact_match import exact_match
from spanhouse_evaluators.quality.groundedness import groundedness
from spanhouse_evaluators.quality.json_schema import json_schema
from spanhouse_evaluators.quality.readability import readability
from spanhouse_evaluators.quality.refusal import refusal
from spanhouse_evaluators.quality.regex import regex
from spanhouse_evaluators.quality.token_f1 import token_f1
from spanhouse_evaluators.quality.tool_calls import tool_calls
from spanhouse_evaluators.quality.valid_json import valid_json
from spanhouse_evaluators.registry import BUILT_IN
from spanhouse_evaluators.run import run


def judge(evaluator: Evaluator, context: Context) -> Outcome:
    return run(evaluator, context)[evaluator.name]


def value(evaluator: Evaluator, context: Context) -> object:
    found = judge(evaluator, context)
    assert isinstance(found, Score), found
    return found.value


@pytest.mark.parametrize("evaluator", BUILT_IN, ids=lambda evaluator: evaluator.name)
def test_a_span_without_content_is_unscored_and_never_zero(evaluator: Evaluator) -> None:
    assert isinstance(judge(evaluator, Context()), Unscored)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Paris", 1.0),
        ("paris.", 1.0),
        ("Paris, France", 0.5),
        ("Rome", 0.0),
        ("Paris Paris Rome", 2 / 3),
    ],
)
def test_groundedness_is_the_share_of_words_found_in_the_context(answer: str, expected: float) -> None:
    context = Context(output=answer, documents=("The capital is", "Paris"))
    assert value(groundedness, context) == pytest.approx(expected)


def test_groundedness_counts_the_characters_of_scripts_without_spaces() -> None:
    context = Context(output="東京は", documents=("首都は東京です",))
    assert value(groundedness, context) == 1.0


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        (Context(output="Paris"), "no retrieved context"),
        (Context(output="Paris", documents=("", " ... ")), "no retrieved context"),
        (Context(output=" -- ", documents=("Paris",)), "no answer"),
    ],
)
def test_groundedness_needs_an_answer_and_a_context(context: Context, reason: str) -> None:
    assert judge(groundedness, context) == Unscored(reason)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "I’m sorry, but I can’t assist with that request.",
        "I cannot help with that.",
        "I can't assist with creating malware.",
        "Sorry, I am not able to share this information.",
        "As an AI language model, I cannot provide medical advice.",
        "Unfortunately, I do not have access to your account.",
        "I'm unable to open links.",
        "I must decline to answer.",
        "I don't know.",
        "I do not have enough information to answer this question.",
        "There is not enough information to answer.",
        "I apologize, but I am unable to discuss that.",
        "Unfortunately, as an AI language model, I am not authorized to provide you with a script for deleting users.",
        "As an AI language model, I cannot see the given function. Please provide it so that I can help you.",
    ],
)
def test_a_refusal_is_recognised(answer: str) -> None:
    assert value(refusal, Context(output=answer)) is True


@pytest.mark.parametrize(
    "answer",
    [
        "Paris is the capital of France.",
        "You cannot enter without a ticket. I can book one for you.",
        "Sorry to hear that! Your refund is on its way.",
        "As an AI language model, I don't have tastes. However, this recipe is popular: eggs.",
        "I cannot draw, but here is a description of the picture.",
        "The letter could read: I'm sorry, but I can't come to the meeting.",
        "He said he was unable to attend.",
        "I can help with that.",
        "I can't believe it's already December! Who else is excited?",
        "I cannot hide, my heart is bursting with joy inside.",
        "I'm sorry, but I won't be able to attend the meeting, as my family needs me.",
        "As an AI language model, I don't have personal experiences, but some well-known strategies are rest and practice.",
    ],
)
def test_an_answer_that_helps_is_no_refusal(answer: str) -> None:
    assert value(refusal, Context(output=answer)) is False


def test_answer_length_counts_words() -> None:
    assert value(answer_length, Context(output="One, two -- three!")) == 3


def test_exact_match_ignores_case_and_punctuation() -> None:
    assert value(exact_match, Context(output="arthur's magazine.", reference="Arthur's Magazine"))
    assert not value(exact_match, Context(output="", reference="Paris"))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("the cat sat", 1.0), ("cat", 0.5), ("dog", 0.0), ("", 0.0), ("the cat sat down", 6 / 7)],
)
def test_token_f1_balances_precision_and_recall(answer: str, expected: float) -> None:
    assert value(token_f1, Context(output=answer, reference="The cat sat")) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ('{"a": 1}', True),
        ("3", True),
        ("{'a': 1}", False),
        ("NaN", False),
        ("9" * 5_000, True),
        (" [1]\n", True),
        ("Sure: {}", False),
        ("[" * 10**5, False),
    ],
)
def test_valid_json_reads_the_whole_answer(answer: str, valid: bool) -> None:
    assert value(valid_json, Context(output=answer)) is valid


def test_prose_that_was_asked_for_is_not_faulted_for_not_being_json() -> None:
    context = Context(output="Hello.", attributes={"gen_ai.output.type": "text"})
    assert judge(valid_json, context) == Unscored("the call asked for 'text'")


def test_json_schema_names_the_place_of_the_fault() -> None:
    evaluator = json_schema({"type": "object", "properties": {"n": {"type": "integer"}}})
    assert value(evaluator, Context(output='{"n": 1}')) is True
    assert judge(evaluator, Context(output='{"n": "x"}')) == Score(False, "$.n: 'x' is not of type 'integer'")
    assert value(evaluator, Context(output="n = 1")) is False
    assert value(json_schema({}), Context(output="NaN")) is False


def test_regex_asserts_presence_or_absence() -> None:
    context = Context(output="call 555-0100")
    assert value(regex(r"\d{3}-\d{4}"), context) is True
    assert value(regex(r"\d{3}-\d{4}", wanted=False), context) is False


ENDLESS = "^(a+)+$"
"""Twice the time for each `a` before another letter."""


def test_a_check_that_would_take_for_ever_is_given_up_and_others_are_answered() -> None:
    answers = [Context(output=f"{'a' * 60}!"), Context(output="aaa"), Context()]
    too_long = Unscored("checking takes too long")
    found = [outcomes["regex"] for outcomes in outcomes_of(regex(ENDLESS, wanted=False), answers)]
    assert found == [too_long, Score(False), Unscored("no answer")]
    assert judge(json_schema({"pattern": ENDLESS}), Context(output=json.dumps("a" * 60 + "!"))) == too_long
    patterned = tool(properties={"city": {"pattern": ENDLESS}})
    # Each definition is the one before twice: 2^60 checks, and nothing refers to itself.
    doubled: Mapping[str, object] = {"0": {}} | {f"{n}": {"allOf": [{"$ref": f"#/$defs/{n - 1}"}] * 2} for n in range(1, 61)}
    calls = [
        calling("weather", {"city": "a" * 60 + "!"}, patterned),
        calling("weather", {"city": "aaa"}, patterned),
        calling("weather", {}, tool(**{"$defs": doubled, "$ref": "#/$defs/60"})),
    ]
    assert [outcomes["tool_calls"] for outcomes in outcomes_of(tool_calls, calls)] == [too_long, Score(1.0), too_long]


def test_a_schema_that_names_what_is_not_there_leaves_answers_unscored() -> None:
    found = judge(json_schema({"$ref": "#/nowhere"}), Context(output="{}"))
    assert isinstance(found, Unscored), found
    assert "cannot be checked" in found.reason


def test_a_refusal_before_ever_so_many_empty_lines_is_judged_like_any_other() -> None:
    # The square of their number would take an hour.
    assert value(refusal, Context(output=f"I'm sorry, but I can't help.{chr(10) * 500_000}Bye.")) is True
    assert value(refusal, Context(output="I'm sorry, but I can't help.\n\n  1. Ask again.")) is False


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("As shown [1, 2].", 1.0), ("As shown [1-3].", 2 / 3), ("As shown [1; 9].", 0.5), ("As shown [2][3].", 0.5), ("[0]", 0.0)],
)
def test_one_mark_may_cite_several_documents(answer: str, expected: float) -> None:
    assert value(citations, Context(output=answer, documents=("first", "second"))) == pytest.approx(expected)


def test_places_in_code_are_no_citations() -> None:
    answer = "Use `rows[7]`:\n```\nrows[9] = 1\n```"
    assert judge(citations, Context(output=answer, documents=("d",))) == Unscored("no citations")


def test_references_of_signs_alone_are_compared_as_they_are() -> None:
    assert value(exact_match, Context(output="-", reference="+")) is False
    assert value(exact_match, Context(output=" + ", reference="+")) is True
    assert judge(exact_match, Context(output="x", reference="")) == Unscored("no reference")


def test_citations_must_name_a_document() -> None:
    documents = ("first", "second")
    assert value(citations, Context(output="So [1], also [2].", documents=documents)) == 1.0
    assert judge(citations, Context(output="So [1], and [7].", documents=documents)) == Score(0.5, "[7] is none of 2 documents")
    linked = Context(output="See [1](https://example.org).", documents=documents)
    assert judge(citations, linked) == Unscored("no citations")


def test_short_words_in_short_sentences_read_more_easily() -> None:
    easy = "The cat sat on the mat. It was warm in the sun. " * 4
    hard = "Institutional considerations necessitate comprehensive organisational evaluation " * 6
    assert value(readability, Context(output=easy)) > 90  # type: ignore[operator]  # a number
    assert value(readability, Context(output=hard)) < 0  # type: ignore[operator]  # a number


TOOLS = [
    {
        "type": "function",
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }
]


def calling(name: str, arguments: object, tools: object = TOOLS) -> Context:
    part = {"type": "tool_call", "id": "1", "name": name, "arguments": arguments}
    return Context(
        attributes={
            "gen_ai.tool.definitions": json.dumps(tools),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [part]}]),
        }
    )


@pytest.mark.parametrize("tools", [TOOLS, [{"type": "function", "function": TOOLS[0]}]])
def test_a_tool_call_that_fits_its_definition_is_correct(tools: object) -> None:
    assert value(tool_calls, calling("weather", {"city": "Rome"}, tools)) == 1.0
    assert value(tool_calls, calling("weather", '{"city": "Rome"}', tools)) == 1.0


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("wether", {"city": "Rome"}, "'wether' is not a defined tool"),
        ("weather", {}, "'weather', $: 'city' is a required property"),
        ("weather", {"city": 3}, "'weather', $.city: 3 is not of type 'string'"),
    ],
)
def test_a_tool_call_that_cannot_be_carried_out_says_why(name: str, arguments: object, reason: str) -> None:
    assert judge(tool_calls, calling(name, arguments)) == Score(0.0, reason)


def tool(**parameters: object) -> list[dict[str, object]]:
    return [{"name": "weather", "parameters": parameters}]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"type": "strin"}, "are not a JSON schema"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "cannot be checked"),
        ({"$ref": "#/nowhere"}, "cannot be checked"),
        ({"properties": {"city": {"pattern": "("}}}, "are not a JSON schema"),
    ],
)
def test_a_definition_that_cannot_be_read_is_no_fault_of_the_call_and_fetches_nothing(
    parameters: dict[str, object], reason: str
) -> None:
    found = judge(tool_calls, calling("weather", {"city": "Rome"}, tool(**parameters)))
    assert isinstance(found, Unscored), found
    assert reason in found.reason


@pytest.mark.parametrize(("arguments", "expected"), [(None, 1.0), ("", 1.0), ([], 0.0), (3, 0.0), ('"x"', 0.0)])
def test_arguments_are_an_object_or_nothing(arguments: object, expected: float) -> None:
    assert value(tool_calls, calling("weather", arguments, tool(type="object"))) == expected


def test_calls_in_openais_own_form_are_read() -> None:
    call = {"type": "function", "function": {"name": "weather", "arguments": '{"city": 3}'}}
    attributes = {"gen_ai.tool.definitions": TOOLS, "gen_ai.output.messages": [{"role": "assistant", "tool_calls": [call]}]}
    assert value(tool_calls, Context(attributes=attributes)) == 0.0


def test_arguments_that_are_not_json_are_a_fault_of_the_call() -> None:
    assert value(tool_calls, calling("weather", "city=Rome")) == 0.0
