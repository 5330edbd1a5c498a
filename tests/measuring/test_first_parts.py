"""A process's lines become the steps of its first operation, and the time of its packages."""

from __future__ import annotations

import pytest
from benchmarks import first, first_parts
from benchmarks.first_parts import Process, Spent
from benchmarks.import_times import STANDARD, by_package

TRACED = """\
import time: self [us] | cumulative | imported package
import time:       900 |        900 | _io
import time:        60 |       1500 |   json.decoder
import time:        40 |       1600 | json
step: start 100.5 0.02
import time:       300 |        300 |       sqlalchemy.util
import time:      2000 |       2300 |     sqlalchemy
import time:      5000 |       7300 |   multistore.ledger
step: import 100.6 0.1
a line of something else | 7 | sqlalchemy
import time:     10000 |      10000 | pydantic
import time:       100 |        100 | sqlalchemy.sql
step: opening 100.9 0.25
step: put 101.0 0.3
"""


@pytest.fixture
def process():
    return Process(TRACED.splitlines(), begun=100.0, gone=101.25, used=0.5)


def test_modules_are_added_up_by_package_in_the_order_of_their_loading():
    found = by_package(TRACED.splitlines())
    assert list(found.items()) == [
        (STANDARD, 1000),
        ("sqlalchemy", 2400),
        ("multistore", 5000),
        ("pydantic", 10000),
    ]


def test_the_steps_are_the_whole_process_by_both_clocks(process):
    steps = first_parts.steps(process)
    assert list(steps) == ["start", "import", "opening", "put", "end"]
    assert steps["start"] == pytest.approx(Spent(0.5, 0.02))
    assert steps["opening"] == pytest.approx(Spent(0.3, 0.15))
    assert steps["end"] == pytest.approx(Spent(0.25, 0.2))
    assert sum(step.wall for step in steps.values()) == pytest.approx(1.25)
    assert sum(step.cpu for step in steps.values()) == pytest.approx(process.used)


def test_a_step_is_told_from_the_modules_loaded_in_it(process):
    beyond = first_parts.beyond_imports(process)
    assert beyond == pytest.approx(
        {"start": 499.0, "import": 92.7, "opening": 289.9, "put": 100.0},
    )


def test_a_package_that_only_some_rounds_loaded_counts_as_nothing_in_the_others():
    rounds = [{"a": 1.0, "b": 9.0}, {"a": 3.0}, {"a": 5.0}]
    assert first_parts.medians(rounds) == {"a": 3.0, "b": 0.0}


def test_the_program_says_each_step_that_has_a_name(capsys):
    for step in first_parts.STEPS:
        first.ended(step)
    said = capsys.readouterr().out.splitlines()
    found = first_parts.steps(Process(said, 0.0, 0.0, 0.0))
    assert list(found) == list(first_parts.STEPS)


def test_a_process_that_fails_is_no_figure_and_says_its_own_reason():
    with pytest.raises(SystemExit, match=r"^no vault here$"):
        first_parts.run(["-c", "raise SystemExit('no vault here')"])
