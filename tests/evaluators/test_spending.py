"""The book of what judges spend, over all processes that write in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from spanhouse_collector.storage import State
from spanhouse_evaluators.judges.spending import Budget

BOOKING = """
import sys
from spanhouse_collector.storage import State
from spanhouse_evaluators.judges.spending import Budget
budget, booked = Budget(State(sys.argv[1]), "judge", cap_usd_per_day=1.0), 0
while budget.book(0.03) is not None:
    booked += 1
print(booked)
"""


@pytest.mark.timeout(120)  # three interpreters start
def test_a_cap_is_passed_by_one_call_at_most_over_all_processes(state: State, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOOKING, f"sqlite:///{tmp_path / 'state.sqlite'}"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    booked = [int(process.communicate()[0]) for process in processes]
    assert sum(booked) == 34  # 33 stay below a dollar, the 34th crosses it
    assert Budget(state, "judge").spent().usd == pytest.approx(1.02)
