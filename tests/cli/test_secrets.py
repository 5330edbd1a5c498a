"""No secret, key or plaintext in any output, tracebacks included."""

import base64
import os

import pytest

from tests.cli.command import multistore, vault

CANARY = "CANARY-5f2a9c-CANARY"
CLOUD = {
    "AWS_ACCESS_KEY_ID": f"AKIA{CANARY}",
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_SESSION_TOKEN": CANARY,
    "AZURE_CLIENT_SECRET": CANARY,
    "SOME_ACCOUNT_KEY": base64.b64encode(CANARY.encode()).decode(),
}


def forms(secret):
    """The shapes in which a secret could show itself."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return {raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)}


def everything(*words, cwd, **more):
    done = multistore(*words, "--debug", cwd=cwd, **more)
    return done.returncode, done.stdout + done.stderr


def test_the_password_of_a_ledger_stays_in_the_configuration(tmp_path):
    vault(tmp_path)
    path = tmp_path / "multistore.toml"
    text = path.read_text(encoding="utf-8")
    url = f"postgresql+psycopg://someone:{CANARY}@127.0.0.1:1/db"
    path.write_text(text.replace("sqlite:///multistore.db", url), encoding="utf-8")
    for words in (["tenant", "list"], ["ls", "school-042/video/"]):
        code, output = everything(*words, cwd=tmp_path)
        assert code != 0
        assert CANARY.encode() not in output


@pytest.mark.parametrize("fault", ["unknown = 1", "ledger = 5"])
def test_a_wrong_configuration_shows_no_value(tmp_path, fault):
    vault(tmp_path)
    path = tmp_path / "multistore.toml"
    text = path.read_text(encoding="utf-8").replace('"local:keys/"', f'"local:{CANARY}"')
    path.write_text(text.replace("[vault]", f'[vault]\n{fault}\nproxy = "http://u:{CANARY}@x"'))
    code, output = everything("ls", "school-042/video/", cwd=tmp_path)
    assert code == 2
    assert CANARY.encode() not in output


def test_keys_and_plaintext_stay_inside(tmp_path):
    vault(tmp_path)
    plaintext = CANARY.encode() * 3
    (tmp_path / "x.bin").write_bytes(plaintext)
    outputs = [everything("put", "x.bin", "school-042/video/x.bin", cwd=tmp_path, **CLOUD)]
    keys = [path.read_bytes() for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert keys
    outputs += [
        everything(*words, cwd=tmp_path, **CLOUD)
        for words in (
            ["stat", "school-042/video/x.bin", "--json"],
            ["ls", "school-042/video/", "-l"],
            ["cp", "school-042/video/x.bin", "school-042/attachment/x.bin"],
            ["get", "school-042/video/none.bin"],
            ["cat", "school-042/video/x.bin", "--range", "9999-"],
        )
    ]
    # Every byte of the object but its header is changed: integrity errors, with tracebacks.
    stored = tmp_path / "objects" / "school-042" / "video" / "x.bin.object"
    body = bytearray(stored.read_bytes())
    body[170:175] = os.urandom(5)
    stored.write_bytes(body)
    outputs.append(everything("cat", "school-042/video/x.bin", cwd=tmp_path, **CLOUD))
    assert outputs[-1][0] == 5
    assert b"Traceback" in outputs[-1][1]
    for _, output in outputs:
        assert not any(form in output for form in forms(CANARY))
        for key in keys:
            assert not any(form in output for form in forms(key))
