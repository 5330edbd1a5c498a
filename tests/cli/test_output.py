"""What a name from a store can do on a terminal or in a CI's log: nothing."""

import json

import pytest

from multistore.cli import output
from multistore.cli.run import run

SIGNS = "\n\r\t\x1b\x85\u202e\u2066\u2028"


@pytest.mark.parametrize("way", [output.line, output.note])
def test_a_name_stays_on_its_line(capsys, way):
    way(f"a{SIGNS}::error::pwn")
    said = "".join(capsys.readouterr())
    assert said == "a" + "\ufffd" * len(SIGNS) + "::error::pwn\n"


def test_a_name_that_needs_joiners_keeps_them(capsys):
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467.mp4"
    output.line(family)
    assert capsys.readouterr().out == f"{family}\n"


def test_a_record_shows_its_signs_and_loses_none(capsys):
    output.record({"name": SIGNS})
    said = capsys.readouterr().out
    assert not set(SIGNS) & set(said[:-1])
    assert said.count("\n") == 1
    assert json.loads(said) == {"name": SIGNS}


def test_what_the_command_is_given_cannot_forge_an_error(capsys):
    assert run(["check", "--explain", "\x1b[2J\u202e\n::error::pwn"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert not set("\x1b\u202e") & set(err)
