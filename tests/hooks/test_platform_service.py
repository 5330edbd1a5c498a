"""examples/platform_service, as it would run: a web server, the nightly run, a mail server."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

import multistore
from multistore import VetoedError
from tests.cli.command import multistore as command
from tests.docs.blocks import ROOT
from tests.vault import estate as estates

EXAMPLES = ROOT / "examples"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def estate(tmp_path, monkeypatch, smtp_server):
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("PLATFORM_RECORDS", str(tmp_path / "platform.db"))
    monkeypatch.setenv("PLATFORM_SMTP", smtp_server.address)
    made = estates.local(tmp_path, None)
    text = made.path.read_text(encoding="utf-8")
    made.path.write_text(
        text.replace("[vault]", '[vault]\nhooks = ["platform_service.handlers:register"]', 1),
        encoding="utf-8",
    )
    return made


@pytest.fixture
def records(estate):
    from platform_service import records

    return records


@pytest.fixture
def vault(estate):
    with estate.open() as vault:
        vault.put("acme/video/lesson.mp4", b"lesson of acme")
        vault.put("acme2/video/lesson.mp4", b"lesson of acme2")
        yield vault


@pytest.fixture
def web(vault, records):
    """The address of the running service."""
    from platform_service.web import application

    with make_server("127.0.0.1", 0, application(vault), handler_class=Quiet) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def got(url):
    try:
        with urlopen(url, timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.read()


def operator(*words, home, smtp_server, code=0):
    """Run a command in a process of its own, as the nightly timer and operators do."""
    done = command(
        *words,
        cwd=home,
        PYTHONPATH=str(EXAMPLES),
        PLATFORM_RECORDS=str(home / "platform.db"),
        PLATFORM_SMTP=smtp_server.address,
    )
    assert done.returncode == code, done.stderr.decode()
    return done


def test_the_nightly_run_revokes_the_playback_urls_of_who_is_stopped(
    vault, web, records, tmp_path, smtp_server
):
    ours, theirs = (records.hand_out(f"{tenant}/video/lesson.mp4") for tenant in ("acme", "acme2"))
    assert got(web + ours) == (200, b"lesson of acme")
    assert got(web + ours + "x") == (404, b"")
    vault.tenants.end_contract("acme", datetime.now(UTC).date() - timedelta(days=2), by="sato")
    operator("lifecycle", "run", home=tmp_path, smtp_server=smtp_server)
    # This server's own keys are cached for a while: what ends here is the URL itself.
    assert records.address_of(ours.removeprefix("/play/")) is None
    assert got(web + ours) == (404, b"")
    assert got(web + theirs) == (200, b"lesson of acme2")


def test_nothing_goes_while_an_export_is_open(vault, records, tmp_path, smtp_server):
    records.open_export("acme")
    with pytest.raises(VetoedError, match="an export of acme is open"):
        vault.erase("acme/video/lesson.mp4", reason="asked for", performed_by="sato")
    erase = ("erase", "acme/video/", "--reason", "asked for", "--yes")
    refused = operator(*erase, home=tmp_path, smtp_server=smtp_server, code=1)
    assert b"an export of acme is open" in refused.stderr
    operator("erase", "acme/", *erase[2:], home=tmp_path, smtp_server=smtp_server, code=1)
    assert vault.read("acme/video/lesson.mp4") == b"lesson of acme"
    vault.erase("acme2/video/lesson.mp4", reason="asked for", performed_by="sato")
    records.close_export("acme")
    operator(*erase, home=tmp_path, smtp_server=smtp_server)
    assert not vault.exists("acme/video/lesson.mp4")


def damage(estate):
    raw = bytearray(estate.raw("acme/video/lesson.mp4"))
    raw[-1] ^= 1
    estate.replace("acme/video/lesson.mp4", bytes(raw))


def test_an_incident_is_mailed_with_its_deadline_and_to_nobody_else(
    estate, vault, web, records, smtp_server
):
    records.set_contact("acme", "it@acme.example.jp")
    records.set_contact("acme2", "it@acme2.example.jp")
    damage(estate)
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    url = records.hand_out("acme/video/lesson.mp4")
    assert got(web + url) == (500, b"")
    ((to, mail),) = smtp_server.taken
    assert to == ("it@acme.example.jp",)
    body = mail.get_content()
    (incident,) = vault.events.incidents(notified=True)
    assert mail["X-Incident"] == incident.id
    assert "acme/video/lesson.mp4" in body
    deadline = (incident.notify_by + timedelta(hours=9)).strftime("%Y 年 %m 月 %d 日 %H:%M")
    assert f"検知から 24 時間以内（{deadline}（日本時間） まで）" in body
    assert before <= incident.detected_at
    assert incident.notify_by - incident.detected_at == timedelta(hours=24)
    assert incident.notified_by == "security@platform.example.jp"
    assert got(web + url) == (500, b"")  # found again: no second mail
    assert len(smtp_server.taken) == 1


def test_a_mail_server_that_is_away_loses_no_incident(estate, vault, web, records, smtp_server):
    import subprocess
    import sys

    from tests.cli.command import environment

    home = estate.path.parent
    records.set_contact("acme", "it@acme.example.jp")
    damage(estate)
    smtp_server.refusing = True
    assert got(web + records.hand_out("acme/video/lesson.mp4"))[0] == 500
    assert smtp_server.taken == []
    assert [failure.error for failure in vault.hook_failures] == ["SMTPSenderRefused"]
    assert len(vault.events.incidents()) == 1
    shown = operator("lifecycle", "run", home=home, smtp_server=smtp_server)
    assert b"incident" in shown.stdout
    smtp_server.refusing = False
    timer = subprocess.run(
        [sys.executable, "-m", "platform_service.incidents", "multistore.toml"],
        cwd=home,
        env=environment(
            home,
            PYTHONPATH=str(EXAMPLES),
            PLATFORM_RECORDS=str(home / "platform.db"),
            PLATFORM_SMTP=smtp_server.address,
        ),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert timer.stdout.decode() == "1 incidents told\n", timer.stderr.decode()
    assert len(smtp_server.taken) == 1
    assert vault.events.incidents() == ()


def test_without_a_contact_it_stays_open(estate, vault, smtp_server):
    damage(estate)
    with pytest.raises(multistore.IntegrityError):
        vault.read("acme/video/lesson.mp4")
    assert smtp_server.taken == []
    assert len(vault.events.incidents()) == 1
