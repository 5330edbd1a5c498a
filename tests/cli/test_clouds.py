"""The same commands against the clouds' servers, by configuration alone."""

import json
import os
import signal
import subprocess
import time

import pytest

from multistore.stores.probe.report import ProbeReport
from tests.cli.command import multistore, started, vault

HEAD = """
[vault]
ledger = "sqlite:///multistore.db"
keys = "local:keys/"
[collections.video]
store = "main"
[stores.main]
accepts = ["video"]
credentials = "env:CLI"
"""
BIG = os.urandom(20 * 1024 * 1024 + 7)


def s3(request):
    server = request.getfixturevalue("moto_server")
    secrets = {"CLI_ACCESS_KEY_ID": server.access_key, "CLI_SECRET_ACCESS_KEY": server.secret_key}
    entries = (
        f'provider = "aws"\nregion = "ap-northeast-1"\nendpoint = "{server.url}"\n'
        f'bucket = "{server.bucket(versioned=True)}"\n'
    )
    return entries, secrets


def azure(request):
    server = request.getfixturevalue("azurite_server")
    entries = (
        'provider = "azure"\nregion = "japaneast"\naccount = "tokyo"\n'
        f'endpoint = "{server.account_url()}"\nbucket = "{request.getfixturevalue("container")}"\n'
    )
    return entries, {"CLI_ACCOUNT_KEY": server.keys["tokyo"]}


@pytest.fixture(
    params=[pytest.param(s3, marks=pytest.mark.s3), pytest.param(azure, marks=pytest.mark.azure)]
)
def cloud(request, tmp_path):
    """Give a function that runs a command on a vault of that cloud, and its environment."""
    entries, secrets = request.param(request)
    (tmp_path / "multistore.toml").write_text(HEAD + entries, encoding="utf-8")

    def run(*words, code=0, **more):
        done = multistore(*words, cwd=tmp_path, **{**secrets, **more})
        assert done.returncode == code, (words, done.stderr.decode())
        return done.stdout

    run("tenant", "add", "school-042")
    return run, secrets


def test_a_session(cloud, tmp_path):
    run, _ = cloud
    (tmp_path / "講義.mp4").write_bytes(BIG)
    address = "school-042/video/第1回/講義.mp4"
    run("put", "講義.mp4", "school-042/video/第1回/", "--meta", "題名=第1回 🎓")
    (listed,) = map(json.loads, run("ls", "school-042/video/", "-r", "--json").splitlines())
    assert (listed["address"], listed["size"]) == (address, len(BIG))
    described = json.loads(run("stat", address, "--json"))
    assert described["metadata"] == {"題名": "第1回 🎓"}
    assert described["etag"] == listed["etag"]
    assert run("ls", "school-042/video/") == "school-042/video/第1回/\n".encode()
    assert run("cat", address) == BIG
    assert run("cat", address, "--range", "131071-131073") == BIG[131071:131074]
    assert run("cat", address, "--range=-5") == BIG[-5:]
    run("get", address, "back")
    assert (tmp_path / "back").read_bytes() == BIG
    run("put", "講義.mp4", address, "--create", code=1)
    run("put", "講義.mp4", address, "--if-match", "0123", code=1)
    run("put", "講義.mp4", address, "--if-match", listed["etag"])
    run("cp", address, "school-042/video/copy")
    assert run("cat", "school-042/video/copy") == BIG
    run("rm", address, "school-042/video/copy", "school-042/video/never")
    assert run("ls", "school-042/video/", "-r") == b""
    run("cat", address, code=1)


def test_wrong_credentials_are_told_without_being_shown(cloud, tmp_path):
    _, secrets = cloud
    canary = "Q0FOQVJZLUNBTkFSWS1DQU5BUlk="
    for value in ("", canary):
        done = multistore(
            "ls", "school-042/video/", "--debug", cwd=tmp_path, **dict.fromkeys(secrets, value)
        )
        # moto lets every credential in. A refusal stops the residency check before the listing.
        assert done.returncode in ({1, 3} if not value else {0, 1, 3})
        assert canary.encode() not in done.stdout + done.stderr


def test_an_interrupted_put_leaves_the_old_object(cloud, tmp_path):
    run, secrets = cloud
    (tmp_path / "old").write_bytes(b"the old one")
    run("put", "old", "school-042/video/live.ts")
    process = started(
        "put",
        "-",
        "school-042/video/live.ts",
        cwd=tmp_path,
        secrets=secrets,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(BIG)
    process.stdin.flush()
    time.sleep(1)  # parts are on their way
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    told = process.stderr.read()
    process.stdin.close()
    process.stderr.close()
    assert told == b"multistore: interrupted; nothing half-written was left\n"
    assert run("cat", "school-042/video/live.ts") == b"the old one"


def test_a_server_that_is_not_there_is_exit_6(tmp_path):
    (tmp_path / "multistore.toml").write_text(
        HEAD + 'provider = "s3-compatible"\nendpoint = "http://127.0.0.1:1"\nbucket = "video"\n',
        encoding="utf-8",
    )
    secrets = {"CLI_ACCESS_KEY_ID": "a", "CLI_SECRET_ACCESS_KEY": "b"}
    done = multistore("tenant", "add", "school-042", cwd=tmp_path, **secrets)
    if done.returncode == 0:
        done = multistore("ls", "school-042/video/", cwd=tmp_path, **secrets)
    assert done.returncode == 6
    assert done.stderr.startswith(b"multistore: not available, try again: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.s3
def test_a_probe_says_what_it_saw(request, tmp_path):
    entries, secrets = s3(request)
    (tmp_path / "multistore.toml").write_text(HEAD + entries, encoding="utf-8")

    def probe(*words):
        done = multistore("probe", "main", *words, cwd=tmp_path, **secrets)
        assert done.returncode == 0, done.stderr.decode()
        return done

    text = probe("--output", "record.json").stdout.decode()
    assert "If-None-Match on PUT is honoured: yes (" in text
    written = ProbeReport.from_json((tmp_path / "record.json").read_text(encoding="utf-8"))
    assert written.store == "main"
    assert text.count("\n") == 1 + len(written.findings)
    assert "PUT の If-None-Match を守る: はい (" in probe("--lang", "ja").stdout.decode()
    (line,) = probe("--json").stdout.splitlines()
    record = json.loads(line)
    assert record["format"] == 1
    assert {found["question"]: found["answer"] for found in record["findings"]} == {
        str(found.question): found.answer for found in written.findings
    }


def test_what_cannot_be_probed_is_refused(tmp_path):
    vault(tmp_path)
    done = multistore("probe", "local", cwd=tmp_path)
    assert done.returncode == 1
    assert b"documented, and not probed" in done.stderr
    done = multistore("probe", "local", "--output", "missing/record.json", cwd=tmp_path)
    assert done.returncode == 2
