"""``multistore keys``, as a shell runs it: what it says, what it leaves, how it ends."""

import json
import os
import re
import shutil
import sqlite3

import pytest

from tests.cli.command import multistore, vault


@pytest.fixture
def home(tmp_path):
    """A vault with one sealed object."""
    vault(tmp_path)
    done = multistore("put", "-", "school-042/video/a", cwd=tmp_path, stdin=b"lesson")
    assert done.returncode == 0, done.stderr
    return tmp_path


def configure(home, **entries):
    file = home / "multistore.toml"
    text = file.read_text(encoding="utf-8")
    for name, value in entries.items():
        if re.search(rf"^{name} = ", text, re.MULTILINE):
            text = re.sub(rf"^{name} = .*$", f'{name} = "{value}"', text, flags=re.MULTILINE)
        else:
            text = text.replace("[vault]\n", f'[vault]\n{name} = "{value}"\n')
    file.write_text(text, encoding="utf-8")


def keys(home, *words, code=0, **more):
    done = multistore("keys", *words, cwd=home, **more)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done


def said(home, *words, code=0, **more):
    return json.loads(keys(home, *words, "--json", code=code, **more).stdout)


def one_line(done):
    text = done.stderr.decode()
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text


def readable(home):
    done = multistore("cat", "school-042/video/a", cwd=home)
    assert (done.returncode, done.stdout) == (0, b"lesson"), done.stderr


def test_status_tells_every_kek(home):
    found = said(home, "status", "--verify")
    (kek,) = found["keks"]
    assert (kek["kek"], kek["kind"], kek["state"], kek["keys"]) == (1, "epoch", "current", 1)
    assert (kek["service_says"], kek["opens"]) == ("enabled", True)
    assert found["tenants"] == {"active": 1}
    assert found["attestable"] is False
    text = keys(home, "status").stdout.decode()
    assert "KEK 1  epoch  current  needed by 1 keys" in text
    assert "attests nothing" in text
    japanese = keys(home, "status", "--lang", "ja").stdout.decode()
    assert "1 個の鍵が使用中" in japanese


def test_status_verify_finds_a_key_that_cannot_be_had(home):
    (file,) = (home / "keys").iterdir()
    file.rename(file.with_suffix(".disabled"))
    found = said(home, "status", "--verify", code=4)
    assert found["keks"][0]["opens"] is False
    assert "is disabled" in found["keks"][0]["fault"]
    assert found["keks"][0]["service_says"] == "disabled"


def test_a_roll_from_beginning_to_end(home):
    before = sorted(path.name for path in home.iterdir())
    planned = said(home, "roll", "--backup", "safe", "--dry-run")
    assert (planned["new_kek"], planned["old_keks"], planned["keys"]) == (2, [1], 1)
    assert sorted(path.name for path in home.iterdir()) == before
    first = said(home, "roll", "--backup", "safe")
    assert (first["kek"], first["verified"], first["backup"]) == (2, 1, "safe")
    assert first["soaking_until"]
    readable(home)
    assert said(home, "roll", "--backup", "safe")["soaking_until"] == first["soaking_until"]
    text = keys(home, "roll", "--backup", "safe", "--soak", "0").stdout.decode()
    assert "KEK 2 is current" in text
    assert "the old master key ends at" in text
    states = {kek["kek"]: kek["state"] for kek in said(home, "status")["keks"]}
    assert states == {1: "destroyed", 2: "current"}
    readable(home)
    assert keys(home, "roll", "--backup", "safe", "--soak", "0").stderr == b""


def test_a_lost_ledger_comes_back(home):
    assert b"1 keys written to safe" in keys(home, "backup", "safe").stdout
    (home / "multistore.db").rename(home / "lost")
    done = multistore("cat", "school-042/video/a", cwd=home)
    assert done.returncode == 2
    assert "keys restore FILE" in one_line(done)
    assert said(home, "restore", "safe", "--dry-run")["rows"]["wrapped_keys"] == 1
    assert not (home / "multistore.db").exists()
    assert said(home, "restore", "safe")["opened"] == 1
    readable(home)


def test_an_old_ledger_is_refused_until_the_newest_backup_is_restored(home):
    """With the erasure log in a store."""
    configure(home, erasure_log="local")
    readable(home)
    shutil.copy2(home / "multistore.db", home / "old.db")
    keys(home, "backup", "safe")
    assert said(home, "status")["log_store"] == "local"
    shutil.copy2(home / "old.db", home / "multistore.db")
    for words in (
        ("cat", "school-042/video/a"),
        ("ls", "school-042/video/"),
        ("tenant", "list"),
        ("keys", "status"),
        ("keys", "backup", "over"),
    ):
        done = multistore(*words, cwd=home)
        assert done.returncode == 4, (words, done.stdout)
        assert "old copy" in one_line(done)
    keys(home, "restore", "safe")
    readable(home)
    configure(home, erasure_log="elsewhere")
    done = keys(home, "status", code=2)
    assert "there is no store 'elsewhere'" in one_line(done)


def test_a_ledger_with_a_log_is_not_opened_without_it(home):
    configure(home, erasure_log="local")
    keys(home, "backup", "safe")
    text = (home / "multistore.toml").read_text(encoding="utf-8")
    (home / "multistore.toml").write_text(text.replace('erasure_log = "local"\n', ""), "utf-8")
    done = multistore("cat", "school-042/video/a", cwd=home)
    assert done.returncode == 2
    assert "erasure log is kept in the store 'local'" in one_line(done)


def test_a_listing_of_the_vault_does_not_show_the_log(home):
    configure(home, erasure_log="local")
    keys(home, "backup", "safe")
    done = multistore("ls", "school-042/video/", cwd=home)
    assert b"_multistore" not in done.stdout
    assert done.stdout.count(b"\n") == 1


@pytest.mark.parametrize(
    ("ledger", "says"),
    [
        ("postgresql://u:canary@h/db", "names no driver"),
        ("multistore.db", "not given as a URL"),
        ("mysql://u:canary@h/db", "cannot be kept in mysql"),
        ("sqlite:///missing/multistore.db", "there is no ledger at missing/multistore.db"),
    ],
)
def test_a_wrong_ledger_is_one_line(home, ledger, says):
    configure(home, ledger=ledger)
    files = sorted(path.name for path in home.rglob("*"))
    for words in (("keys", "status"), ("keys", "backup", "b"), ("cat", "school-042/video/a")):
        done = multistore(*words, cwd=home)
        assert done.returncode == 2
        assert says in one_line(done)
        assert "canary" not in one_line(done)
    assert sorted(path.name for path in home.rglob("*")) == files


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("local:", "names no directory"),
        ("aws-kms://us-east-1", "not in Japan"),
        ("aws-kms://ap-northeast-1?endpoint=http://kms.example", "not on this machine"),
        ("azure-kv://vault", "no key service 'azure-kv'"),
        ("keys/", "no key service"),
    ],
)
def test_a_wrong_key_service_is_one_line(home, url, says):
    configure(home, keys=url)
    done = keys(home, "status", code=2)
    assert says in one_line(done)


def test_a_key_directory_open_to_others_is_one_line(home):
    (home / "keys").chmod(0o755)
    for words in (("keys", "status"), ("cat", "school-042/video/a")):
        done = multistore(*words, cwd=home)
        assert done.returncode == 2
        assert "is open to others. Run chmod 700" in one_line(done)


@pytest.mark.skipif(os.geteuid() != 0, reason="root must become another user for this")
def test_a_key_directory_of_another_user_is_one_line(home):
    os.chown(home / "keys", 65534, 65534)
    done = keys(home, "status", code=2)
    assert "belongs to another user" in one_line(done)


def test_another_ledgers_key_directory_is_one_line(home, tmp_path_factory):
    other = vault(tmp_path_factory.mktemp("other"))
    multistore("put", "-", "school-042/video/b", cwd=other, stdin=b"x")
    configure(home, keys=f"local:{other}/keys/")
    done = keys(home, "status", code=2)
    assert "Give each ledger its own key directory" in one_line(done)


@pytest.mark.parametrize(
    ("state", "code", "says"),
    [
        ("disable_key", 4, "is disabled"),
        ("schedule_key_deletion", 4, "waits for its deletion on"),
    ],
)
def test_a_master_key_of_aws_that_is_not_usable_is_one_line(
    tmp_path, kms_server, state, code, says
):
    import boto3
    from botocore.config import Config

    secrets = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "canary"}
    assert multistore("init", cwd=tmp_path).returncode == 0
    configure(tmp_path, keys=kms_server.url())
    for words in (("tenant", "add", "acme"), ("put", "-", "acme/video/a")):
        done = multistore(*words, cwd=tmp_path, stdin=b"x", **secrets)
        assert done.returncode == 0, done.stderr
    (kek,) = said(tmp_path, "status", **secrets)["keks"]
    client = boto3.client(
        "kms",
        region_name="ap-northeast-1",
        endpoint_url=f"http://127.0.0.1:{kms_server.port}",
        config=Config(proxies={}),
    )
    getattr(client, state)(KeyId=kek["master_key"].rpartition("/")[2])
    done = multistore("cat", "acme/video/a", cwd=tmp_path, **secrets)
    assert done.returncode == code
    assert says in one_line(done)
    assert "canary" not in one_line(done)


@pytest.mark.parametrize("region", ["ap-northeast-3", "us-east-1"])
def test_a_master_key_in_another_region_is_one_line(tmp_path, kms_server, region):
    secrets = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    assert multistore("init", cwd=tmp_path).returncode == 0
    configure(tmp_path, keys=kms_server.url())
    for words in (("tenant", "add", "acme"), ("put", "-", "acme/video/a")):
        multistore(*words, cwd=tmp_path, stdin=b"x", **secrets)
    with sqlite3.connect(tmp_path / "multistore.db") as ledger:
        ledger.execute(
            "UPDATE keks SET kms_key_id = replace(kms_key_id, 'ap-northeast-1', ?)", (region,)
        )
    ledger.close()
    done = multistore("cat", "acme/video/a", cwd=tmp_path, **secrets)
    assert done.returncode == 4
    assert f"is in {region}, not in ap-northeast-1" in one_line(done)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("roll",), "--backup"),
        (("roll", "--backup", "missing/b"), "not a directory"),
        (("roll", "--backup", "b", "--soak", "-1"), "--soak"),
        (("backup",), "FILE"),
        (("backup", "missing/b"), "not a directory"),
        (("restore", "missing"), "cannot be read"),
        (("restore", "keys"), "cannot be read"),
    ],
)
def test_wrong_arguments_end_with_2(home, words, says):
    done = keys(home, *words, code=2)
    assert says in done.stderr.decode()
    readable(home)


def test_a_damaged_backup_ends_with_5(home):
    keys(home, "backup", "safe")
    data = bytearray((home / "safe").read_bytes())
    data[len(data) // 2] ^= 1
    (home / "safe").write_bytes(data)
    assert "is not what was written" in one_line(keys(home, "restore", "safe", code=5))


def test_what_is_not_a_backup_ends_with_5(home):
    assert "is not a key backup" in one_line(keys(home, "restore", "multistore.toml", code=5))


def test_the_bars_are_for_terminals_only(home):
    done = keys(home, "roll", "--backup", "safe")
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


def test_the_bars_run_on_a_terminal(home):
    import pty
    import subprocess

    from tests.cli.command import BIN, environment

    leader, follower = pty.openpty()
    with subprocess.Popen(
        [str(BIN / "multistore"), "keys", "roll", "--backup", "safe"],
        cwd=home,
        env=environment(home, TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                block = os.read(leader, 4096)
            except OSError:
                break
            if not block:
                break
            shown += block
        out = process.stdout.read()
    os.close(leader)
    assert process.returncode == 0
    assert b"rewrap" in shown
    assert b"verify" in shown
    assert b"KEK 2 is current" in out
