"""The commands of a contract's end, run as a shell runs them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from multistore.cli.exits import Code
from tests.cli.command import multistore, vault


@pytest.fixture
def home(tmp_path):
    return vault(tmp_path)


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_contract_is_ended_stopped_and_taken_back(home):
    yesterday = (date.today() - timedelta(days=2)).isoformat()  # noqa: DTZ011
    done = multistore(
        "tenant", "end", "school-042", "--on", yesterday, "--by", "sato", "--json", cwd=home
    )
    assert done.returncode == 0, done.stderr.decode()
    (fields,) = lines(done)
    assert (fields["state"], fields["contract_end"], fields["ended_by"]) == (
        "ending",
        yesterday,
        "sato",
    )
    ran = multistore("lifecycle", "run", "--json", cwd=home)
    assert ran.returncode == 0, ran.stderr.decode()
    assert [line["step"] for line in lines(ran)] == ["stop", "close-keys"]
    refused = multistore("ls", "school-042/video/", cwd=home)
    assert refused.returncode == Code.KEYS
    (status,) = lines(multistore("tenant", "status", "school-042", "--json", cwd=home))
    assert status["state"] == "suspended"
    done = {milestone["step"]: milestone["done"] for milestone in status["milestones"]}
    assert (done["stop"], done["erase"]) == (True, False)
    back = multistore(
        "tenant", "end", "school-042", "--cancel", "--reason", "renewed", "--json", cwd=home
    )
    assert lines(back)[0]["state"] == "active"
    assert multistore("ls", "school-042/video/", cwd=home).returncode == 0


def test_what_is_overdue_has_its_exit_code_and_is_readable_in_both_languages(home):
    multistore("tenant", "end", "school-042", "--on", "2026-01-31", "--by", "sato", cwd=home)
    for lang, word in (("en", "OVERDUE"), ("ja", "期限超過")):
        shown = multistore("tenant", "status", "school-042", "--lang", lang, cwd=home)
        assert shown.returncode == Code.OVERDUE
        assert word in shown.stdout.decode()
        assert "2026-02-06" in shown.stdout.decode()  # the 5th business day
    ran = multistore("lifecycle", "run", "--dry-run", "--json", cwd=home)
    assert ran.returncode == Code.OVERDUE
    assert [(line["result"], line["overdue"]) for line in lines(ran)] == [
        ("would", False),
        ("would", False),
        ("waits", True),
    ]


def test_the_second_person_is_held_to_being_one(home):
    multistore("tenant", "end", "school-042", "--on", "2030-01-31", "--by", "sato", cwd=home)
    same = multistore("tenant", "approve", "school-042", "--by", "sato", cwd=home)
    assert same.returncode == Code.USAGE
    other = multistore("tenant", "approve", "school-042", "--by", "suzuki", "--json", cwd=home)
    assert lines(other)[0]["approved_by"] == "suzuki"


def test_a_wrong_command_ends_nothing(home):
    for words in (
        [],
        ["--on", "2027-02-29"],
        ["--on", "2027-03-31", "--cancel", "--reason", "x"],
        ["--cancel"],
        ["--on", "2150-01-01"],
    ):
        done = multistore("tenant", "end", "school-042", *words, cwd=home)
        assert done.returncode == Code.USAGE, done.stderr.decode()
    (status,) = lines(multistore("tenant", "status", "school-042", "--json", cwd=home))
    assert status["state"] == "active"


def test_a_wrong_closing_day_is_named(home):
    file = home / "multistore.toml"
    file.write_text(file.read_text().replace("[vault]", '[vault]\nclosing_days = ["13-01"]', 1))
    done = multistore("lifecycle", "run", cwd=home)
    assert done.returncode == Code.USAGE
    assert b"13-01" in done.stderr
