"""What a program without a peer says becomes figures; why it failed is said, too."""

from __future__ import annotations

import pytest
from benchmarks import house


@pytest.fixture
def program(tmp_path, monkeypatch):
    def write(text):
        directory = tmp_path / "benchmarks"
        directory.mkdir()
        (directory / "one.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(house, "ROOT", tmp_path)
        monkeypatch.setitem(house.HOUSE, "one", house.House("a program", "one", ("7",)))
        return house.told("one", quick=False)

    return write


def test_lines_with_a_figure_become_figures_and_the_others_stay(program):
    told = program(
        "import sys\n"
        "print('SQLite, many tenants: put =', sys.argv[1] + '.5', 'us')\n"
        "print('left behind: [0]')\n"
    )
    assert told["figures"] == {"SQLite, many tenants: put": {"value": 7.5, "unit": "us"}}
    assert told["said"] == ["left behind: [0]"]
    assert "7.5 us" in house.shown("one", told)


def test_a_program_that_fails_keeps_what_it_had_measured_and_says_why(program):
    told = program("print('first = 1 s')\nraise SystemExit('no PostgreSQL here')\n")
    assert told["figures"]["first"] == {"value": 1.0, "unit": "s"}
    assert "absent: no PostgreSQL here" in house.shown("one", told)
