"""The operators' page, command by command, from the first day to the day after a disaster."""

import subprocess

import pytest

from tests.cli.command import environment, multistore
from tests.docs.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "howto" / "keys-for-operators.md"


def shown(language):
    return [block.text for block in blocks(PAGE, language)]


def run(command, home):
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=home,
        env=environment(home),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (command, done.stderr.decode())
    return done.stdout.decode()


@pytest.fixture
def steps():
    return [
        [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        for text in shown("console")
    ]


def readable(home):
    assert multistore("cat", "school-042/video/a", cwd=home).stdout == b"lesson"


def test_the_page_from_top_to_bottom(tmp_path, steps):
    first, *others = steps
    for command in first:
        run(command, tmp_path)
    (settings,) = shown("toml")
    file = tmp_path / "multistore.toml"
    text = file.read_text(encoding="utf-8")
    begin, end = text.index("[vault]"), text.index("[stores.")
    file.write_text(text[:begin] + settings + "\n" + text[end:], encoding="utf-8")
    done = multistore("put", "-", "school-042/video/a", cwd=tmp_path, stdin=b"lesson")
    assert done.returncode == 0, done.stderr
    said = ""
    for commands in others:
        for command in commands:
            said = run(command, tmp_path)
            if not command.startswith(("mv ", "multistore keys restore")):
                readable(tmp_path)
    assert "all of them open" in said
    readable(tmp_path)
    assert "KEK 2" in said
    assert len(steps) == 6


def test_a_machine_restored_from_last_week_needs_the_newest_backup(tmp_path, steps):
    import shutil

    for command in steps[0]:
        run(command, tmp_path)
    multistore("put", "-", "school-042/video/a", cwd=tmp_path, stdin=b"lesson")
    shutil.copy2(tmp_path / "multistore.db", tmp_path / "last-week.db")
    run("multistore keys roll --backup keys.backup --soak 0", tmp_path)
    shutil.copy2(tmp_path / "last-week.db", tmp_path / "multistore.db")
    done = multistore("cat", "school-042/video/a", cwd=tmp_path)
    assert done.returncode == 4
    assert b"the ledger is an old copy" in done.stderr
    assert multistore("keys", "restore", "first.backup", cwd=tmp_path).returncode == 4
    run("multistore keys restore keys.backup", tmp_path)
    readable(tmp_path)


@pytest.mark.postgres
def test_a_ledger_moves_to_postgresql(tmp_path, steps, postgres_url):
    for command in steps[0]:
        run(command, tmp_path)
    multistore("put", "-", "school-042/video/a", cwd=tmp_path, stdin=b"lesson")
    run("multistore keys backup keys.backup", tmp_path)
    file = tmp_path / "multistore.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sqlite:///multistore.db", postgres_url), encoding="utf-8")
    run("multistore keys restore keys.backup", tmp_path)
    (tmp_path / "multistore.db").unlink()
    readable(tmp_path)
    said = run("multistore keys status", tmp_path)
    assert "canary-password" not in said
