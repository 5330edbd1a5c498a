"""AWS KMS on loopback: moto's, made to obey the states of its keys.

moto 5.2 encrypts and decrypts under keys that are disabled or wait for their deletion, which the
service refuses (*AWS KMS Developer Guide, "Key states of AWS KMS keys"*). A layer in front of it
refuses as the service does, and lets a test make a deletion's date come.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.serving import BaseWSGIServer

USES = {"Encrypt", "Decrypt", "GenerateDataKey", "ReEncrypt"}


@dataclass
class KmsServer:
    """A running key service.

    Attributes:
        port: on 127.0.0.1.
        calls: every call so far, by name, in order.
        denied: the calls that are answered as to a role without the permission.
    """

    port: int = 0
    calls: list[str] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)

    def url(self, region: str = "ap-northeast-1") -> str:
        """The ``keys`` of a configuration."""
        return f"aws-kms://{region}?endpoint=http://127.0.0.1:{self.port}"

    def keys(self, region: str = "ap-northeast-1") -> dict[str, Any]:
        """moto's own keys, by id."""
        from moto.kms.models import kms_backends

        return kms_backends["123456789012"][region].keys

    def elapse(self) -> None:
        """Let the date of every scheduled deletion have come."""
        for key_id, key in list(self.keys().items()):
            if key.key_state == "PendingDeletion":
                del self.keys()[key_id]


class Enforcing:
    """The WSGI layer in front of moto."""

    def __init__(self, application: Any, server: KmsServer) -> None:
        self.application = application
        self.server = server

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        import io

        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        call = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        self.server.calls.append(call)
        if refusal := self.refusal(call, json.loads(body or b"{}").get("KeyId", "")):
            answer = json.dumps({"__type": refusal, "message": refusal}).encode()
            start_response(
                "400 Bad Request",
                [
                    ("Content-Type", "application/x-amz-json-1.1"),
                    ("x-amzn-RequestId", "00000000-0000-0000-0000-000000000000"),
                ],
            )
            return [answer]
        return self.application(environ, start_response)

    def refusal(self, call: str, key_id: str) -> str | None:
        if call in self.server.denied:
            return "AccessDeniedException"
        key = self.server.keys().get(key_id.rpartition("/")[2])
        if key is None:
            return None
        if key.key_state == "PendingDeletion" and call not in {"DescribeKey", "CancelKeyDeletion"}:
            return "KMSInvalidStateException"
        if key.key_state == "Disabled" and call in USES:
            return "DisabledException"
        return None


@pytest.fixture(scope="session")
def kms_process() -> Iterator[KmsServer]:
    """One server for the whole run."""
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = KmsServer()
    application = Enforcing(DomainDispatcherApplication(create_backend_app), server)
    http: BaseWSGIServer = make_server("127.0.0.1", 0, application, threaded=True)
    server.port = http.server_port
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def kms_server(kms_process, monkeypatch) -> KmsServer:
    """The server, its record empty and nothing denied; credentials that it takes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-access-key")
    kms_process.calls.clear()
    kms_process.denied.clear()
    return kms_process
