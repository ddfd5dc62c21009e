"""What judges were answered before, as it is kept."""

import pytest

from spanhouse_collector.storage import State
from spanhouse_evaluators.judges.answers import Answers


def test_the_oldest_answers_are_forgotten(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(state)
    for second in range(4):
        monkeypatch.setattr("spanhouse_evaluators.judges.answers.time.time_ns", lambda second=second: second * 10**9)
        answers.keep(f"k{second}", {"n": second})
        answers.keep(f"k{second}", {"n": "another"})
    answers.prune(kept=2)
    assert [answers.find(f"k{second}") for second in range(4)] == [None, None, {"n": 2}, {"n": 3}]
