"""The web server: lessons by their playback URLs. ``python -m platform_service.web FILE PORT``.

WSGI, so that any server runs it. Who gets a playback URL is the application's to decide.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING
from wsgiref.simple_server import make_server

import multistore
from platform_service import records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def application(vault: multistore.Vault) -> WSGIApplication:
    """Give the application over an open vault."""

    def play(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def answer(status: HTTPStatus, body: bytes = b"") -> list[bytes]:
            start_response(f"{status.value} {status.phrase}", [("Content-Length", str(len(body)))])
            return [body]

        first, _, token = environ["PATH_INFO"].removeprefix("/").partition("/")
        address = records.address_of(token) if first == "play" else None
        if address is None:  # never handed out, over, or revoked: nobody learns which
            return answer(HTTPStatus.NOT_FOUND)
        try:
            return answer(HTTPStatus.OK, vault.read(address))
        except (multistore.NotFoundError, multistore.TenantSuspendedError):
            return answer(HTTPStatus.NOT_FOUND)
        except multistore.IntegrityError:  # the customer hears of it from the handlers
            return answer(HTTPStatus.INTERNAL_SERVER_ERROR)

    return play


if __name__ == "__main__":
    with multistore.open(sys.argv[1]) as opened:
        make_server("127.0.0.1", int(sys.argv[2]), application(opened)).serve_forever()
