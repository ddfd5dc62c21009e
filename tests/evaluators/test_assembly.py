"""What making the jobs takes."""

import subprocess
import sys


def test_the_jobs_are_made_without_the_statistics_that_a_comparison_loads() -> None:
    """They are 70 MB and more than a second of CPU, which the first spans would wait for."""
    code = """
import sys
from spanhouse_evaluators import assembly
from spanhouse_evaluators.drift.numbers import compare_numbers
made = "scipy.stats" in sys.modules
found = compare_numbers(list(range(100)), list(range(50, 150)))
print(made, "scipy.stats" in sys.modules, found.test)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False True ks\n"
