"""At DEBUG, with every logger of the process heard: no secret, neither ours nor an SDK's."""

from __future__ import annotations

import base64
import logging
import urllib.parse

import pytest

from multistore import NotFoundError
from multistore.hooks import ObjectPut
from tests.vault import estate

SECRET, TOKEN, PLAINTEXT = "canary-secret-key", "canary-session-token", b"canary-plaintext"
ADDRESS = "acme/video/だれか.mp4"


class Heard(logging.Handler):
    """Everything that was logged, formatted as a file would have it, by logger."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record):
        if not record.name.startswith(("moto", "werkzeug")):  # the servers, and none of ours
            self.lines.append((record.name, self.format(record)))

    def by(self, name):
        return [line for logger, line in self.lines if logger == name]

    @property
    def text(self):
        return "\n".join(line for _, line in self.lines)


@pytest.fixture
def heard():
    root, handler = logging.getLogger(), Heard()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def every_verb(vault):
    vault.put(ADDRESS, PLAINTEXT, metadata={"題": "canary-metadata"})
    assert vault.read(ADDRESS) == PLAINTEXT
    vault.copy(ADDRESS, f"{ADDRESS}.2")
    list(vault.list("acme/video/"))
    vault.delete_many([ADDRESS, f"{ADDRESS}.2"])
    with pytest.raises(NotFoundError):
        vault.head(ADDRESS)
    vault.put(ADDRESS, PLAINTEXT)
    vault.erase(ADDRESS, reason="asked for")


@pytest.mark.s3
def test_aws_with_its_key_service(tmp_path, request, heard, monkeypatch, kms_server):
    from moto.kms.utils import decrypt

    here = estate.s3(tmp_path, request)
    for name, value in (("SECRET_ACCESS_KEY", SECRET), ("SESSION_TOKEN", TOKEN)):
        monkeypatch.setenv(f"MSTEST_{name}", value)
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIACANARYCANARYCANA")
    text = here.path.read_text(encoding="utf-8").replace("local:keys/", kms_server.url())
    here.path.write_text(text, encoding="utf-8")
    given = []
    monkeypatch.setattr(
        "moto.kms.models.decrypt",
        lambda **options: given.append(decrypt(**options)) or given[-1],
    )
    heard.lines.clear()
    with here.open() as vault:
        every_verb(vault)
    with here.open() as vault:  # the keys come back from the service
        vault.put(ADDRESS, PLAINTEXT)
    assert given
    # They were heard, and said what they were about.
    assert any("Response body" in line for line in heard.by("botocore.parsers"))
    assert any("Sending http request" in line for line in heard.by("botocore.endpoint"))
    assert any("CanonicalRequest" in line for line in heard.by("botocore.auth"))
    keys = [base64.b64encode(plain).decode() for plain, _ in given]
    for secret in (SECRET, TOKEN, "Signature=", "canary-plaintext", "canary-metadata", *keys):
        assert secret not in heard.text, secret


@pytest.mark.azure
def test_azure(tmp_path, request, heard, azurite_server):
    here = estate.azure(tmp_path, request)
    heard.lines.clear()  # what the test's own client said
    with here.open() as vault:
        every_verb(vault)
    assert heard.by("urllib3.connectionpool")
    for secret in (
        azurite_server.keys["tokyo"],
        urllib.parse.quote_plus(azurite_server.keys["tokyo"]),
        "SharedKey",
        "sig=",
        "canary-plaintext",
        "canary-metadata",
    ):
        assert secret not in heard.text, secret


def test_our_own_lines_name_no_key(tmp_path, heard):
    def write(vault, size):
        with vault.open(ADDRESS, "wb") as file, file:
            file.write(PLAINTEXT * size)
            raise KeyError("canary-message")

    def broken(event):
        raise ValueError(f"canary-message of {event.address}")

    with estate.local(tmp_path, None).open() as vault:
        every_verb(vault)
        for size in (1, 2_000_000):
            with pytest.raises(KeyError):
                write(vault, size)
        file = vault.open(ADDRESS, "wb")
        try:
            raise KeyError("canary-message")
        except KeyError:
            file.close()
        vault.on(ObjectPut)(broken)
        vault.put(ADDRESS, PLAINTEXT)
    first, second = (line for name, line in heard.lines if name.startswith("multistore"))
    assert first == "a file in acme/video was not written: KeyError"
    assert "broken of ObjectPut failed: ValueError at " in second
    assert second.partition(" at ")[2].startswith(__file__)
    for secret in ("canary", "だれか"):
        assert secret not in second


def test_a_warning_of_the_sdk_is_not_withheld(heard):
    from multistore.sdk_logs import withhold_secrets

    withhold_secrets()
    logger = logging.getLogger("botocore.endpoint")
    logger.warning("the endpoint %s is slow", "https://example.jp")
    logger.debug("%d tries: %s", 3, TOKEN)
    logger.debug("no arguments")
    logger.debug("a mapping: %(token)s", {"token": TOKEN})
    assert heard.by("botocore.endpoint") == [
        "the endpoint https://example.jp is slow",
        "3 tries: (withheld)",
        "no arguments",
        "a mapping: %(token)s (withheld)",
    ]
    assert len(logger.filters) == 1
