"""erase, certificate and the holds on the command line, from the words to the files."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

import multistore
from multistore.cli import main, messages


@dataclass
class Done:
    """What one command wrote."""

    stdout: bytes
    stderr: bytes


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A directory with a vault; commands run in this process, in that directory."""
    with started_in(tmp_path, monkeypatch):
        for words in (["init"], ["tenant", "add", "school-042"]):
            assert main(words) == 0
        with multistore.open("multistore.toml") as vault:
            vault.put("school-042/video/a.mp4", b"lesson")
            vault.put("school-042/video/b.mp4", b"lesson")
        yield tmp_path


@contextmanager
def started_in(directory, monkeypatch):
    monkeypatch.chdir(directory)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        messages.choose("en")


@pytest.fixture
def run(capfdbinary):
    def command(*words, code=0):
        messages.choose("en")
        capfdbinary.readouterr()
        ended = main([str(word) for word in words])
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        assert ended == code, said.err.decode()
        return Done(said.out, said.err)

    return command


def test_from_a_plan_to_a_printed_certificate(home, run):
    dry = run("erase", "school-042/video/a.mp4", "--dry-run", "--json")
    *items, plan = map(json.loads, dry.stdout.splitlines())
    assert [item["name"] for item in items] == ["school-042/video/a.mp4"]
    assert b"a.mp4" in run("ls", "school-042/video/").stdout
    words = ["erase", "school-042/video/a.mp4", "--plan", plan["plan"], "--reason", "asked"]
    done = run(*words, "--by", "sato", "--certificate", "c.json", "--json")
    *fates, end = map(json.loads, done.stdout.splitlines())
    assert [fate["fate"] for fate in fates] == ["erased"]
    assert end["status"] == "LOGICAL_DELETE"
    assert b"a.mp4" not in run("ls", "school-042/video/").stdout

    (home / "public.pem").write_bytes(run("certificate", "key").stdout)
    said = run("certificate", "verify", "c.json", "--key", "public.pem")
    assert end["certificate"].encode() in said.stdout
    shown = run("certificate", "show", end["certificate"][:10]).stdout.decode()
    assert "performed by: sato" in shown
    assert "objects: 1 -> 0" in shown
    assert json.loads(run("certificate", "show", "c.json", "--json").stdout) == json.loads(
        (home / "c.json").read_text(encoding="utf-8")
    )
    (line,) = run("certificate", "list", "--json").stdout.splitlines()
    assert json.loads(line)["subject"] == "school-042/video/a.mp4"
    for lang, word in (("ja", "データ消去証明書"), ("en", "Certificate of erasure")):
        run("certificate", "show", "c.json", "--html", "c.html", "--lang", lang)
        assert word in (home / "c.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("subject", ["school-042/vide/", "school-042/vide/a.mp4"])
def test_a_collection_that_never_was_gets_no_certificate(home, run, subject):
    for words in (["--dry-run"], ["--yes", "--reason", "x"]):
        done = run("erase", subject, *words, code=2)
        assert b"there is no collection 'vide'" in done.stderr
        assert b"attachment, video" in done.stderr
    assert run("certificate", "list", "--json").stdout == b""
    stray = home / "objects" / "school-042" / "vide"
    stray.mkdir()
    (stray / "a.mp4.object").write_bytes(b"put here by somebody else")
    run("erase", subject, "--yes", "--reason", "x")
    assert not stray.exists()


def test_a_collection_that_left_the_configuration_is_erased_and_certified(home, run):
    config = home / "multistore.toml"
    text = config.read_text(encoding="utf-8").replace("[collections.video]", "[collections.film]")
    config.write_text(text.replace('["video"', '["video", "film"'), encoding="utf-8")
    run("erase", "school-042/video/", "--yes", "--reason", "x")
    run("erase", "school-042/video/", "--yes", "--reason", "again")
    assert len(run("certificate", "list", "--json").stdout.splitlines()) == 2


def test_an_altered_certificate_is_refused_offline(home, run):
    run("erase", "school-042/video/", "--yes", "--reason", "x", "--certificate", "c.json")
    (home / "public.pem").write_bytes(run("certificate", "key").stdout)
    text = (home / "c.json").read_text(encoding="utf-8")
    (home / "c.json").write_text(text.replace("LOGICAL_DELETE", "COMPLETE"), encoding="utf-8")
    (home / "multistore.toml").unlink()  # nothing but the two files is needed
    done = run("certificate", "verify", "c.json", "--key", "public.pem", code=5)
    assert b"altered" in done.stderr


@pytest.mark.parametrize(("lang", "word"), [("en", "NOT VERIFIED"), ("ja", "未検証")])
def test_show_says_that_it_verifies_nothing(home, run, lang, word):
    run("erase", "school-042/video/", "--yes", "--reason", "x", "--certificate", "c.json")
    assert word in run("certificate", "show", "c.json", "--lang", lang).stdout.decode()


def test_a_certificate_that_could_not_be_written_is_asked_for_before_anything_goes(home, run):
    words = ["erase", "school-042/video/", "--yes", "--reason", "x", "--certificate", "no/c"]
    assert b"no directory" in run(*words, code=2).stderr
    assert b"a.mp4" in run("ls", "school-042/video/").stdout
    run("erase", "school-042/video/", "--yes", "--reason", "x", "--certificate", "c.json")
    done = run("certificate", "show", "c.json", "--html", "no/a", code=2)
    assert b"no directory" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [[], ["--reason", "x"], ["--reason", "x", "--yes", "--plan", "abc"], ["--yes"]]
)
def test_nothing_is_erased_by_a_slip(home, run, words):
    run("erase", "school-042/", *words, code=2)
    assert b"a.mp4" in run("ls", "school-042/video/").stdout


def test_holds_are_placed_listed_obeyed_and_released(home, run):
    hold = ["tenant", "hold", "school-042/video/", "--name", "case-7", "--reason", "court"]
    run(*hold, "--by", "tanaka")
    (line,) = run("tenant", "holds", "--json").stdout.splitlines()
    assert json.loads(line)["subject"] == "school-042/video/"
    run("rm", "school-042/video/a.mp4", code=1)
    (home / "other").write_bytes(b"other")
    run("put", "other", "school-042/video/a.mp4", code=1)
    done = run("erase", "school-042/video/a.mp4", "--yes", "--reason", "x", code=1)
    assert b"case-7" in done.stderr
    assert b"held by case-7" in run("erase", "school-042/", "--dry-run").stdout
    run("tenant", "release", "school-042", "--name", "case-7", "--reason", "closed")
    assert run("tenant", "holds", "school-042").stdout == b""
    assert b"closed" in run("tenant", "holds", "school-042", "--all").stdout
    run("rm", "school-042/video/a.mp4")


def test_what_is_not_finished_yet_has_its_own_exit_code(home, run):
    # The tenant is under contract: its keys live, so its bytes are gone and the rest is pending.
    done = run("erase", "school-042/", "--reason", "x", "--yes", "--json", code=8)
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["status"] == "PENDING"
    assert f"multistore certificate show {last['certificate']}".encode() in done.stderr
    assert run("ls", "school-042/video/", "-r").stdout == b""


def test_a_plan_that_could_not_look_everywhere_is_no_success(home, run, monkeypatch):
    def denied(*_):
        raise PermissionError(13, "Permission denied")

    assert (
        json.loads(run("erase", "school-042/", "--dry-run", "--json").stdout.splitlines()[-1])[
            "unseen"
        ]
        == []
    )
    monkeypatch.setattr("os.scandir", denied)
    plan = run("erase", "school-042/", "--dry-run", "--json", code=1)
    assert json.loads(plan.stdout.splitlines()[-1])["unseen"]
    assert b"not looked at" in plan.stderr
    assert "計画は完全ではありません" in (
        run("--lang", "ja", "erase", "school-042/", "--dry-run", code=1).stderr.decode()
    )


def test_a_foreign_file_is_named_by_the_plan_and_by_the_refusal(home, run):
    (directory,) = home.rglob("school-042")
    (directory / "export.zip").write_bytes(b"1")
    plan = run("erase", "school-042/", "--dry-run")
    assert b"not ours, and left" in plan.stderr
    assert b"school-042/export.zip" in plan.stderr
    listed = run("erase", "school-042/", "--dry-run", "--json").stdout.splitlines()
    assert json.loads(listed[-1])["foreign"][0]["path"] == "school-042/export.zip"
    done = run("--lang", "ja", "erase", "school-042/", "--dry-run")
    assert "残します" in done.stderr.decode()
