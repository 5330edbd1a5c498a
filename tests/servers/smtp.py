"""A small SMTP server of the real protocol (RFC 5321), on this machine: it keeps what it takes.

Asked to, it refuses, as one that is overloaded does.
"""

from __future__ import annotations

import email.policy
import socketserver
import threading
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class _Session(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self._say("220 mail.example ready")
        to: list[str] = []
        while line := self.rfile.readline().decode("ascii", "replace").rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                self._say("250 mail.example")
            elif verb == "MAIL" and self.server.refusing:
                self._say("451 come back later")
            elif verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
                self._say("250 taken")
            elif verb == "DATA":
                self._say("354 go on")
                self.server.taken.append((tuple(to), self._message()))
                to = []
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 goodbye")
                return
            else:
                self._say("250 taken")

    def _message(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        return message_from_bytes(b"".join(lines), policy=email.policy.default)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class SmtpServer(socketserver.ThreadingTCPServer):
    """What was sent, and to whom; ``refusing`` answers 451 to every sender."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.refusing = False

    @property
    def address(self) -> str:
        """``host:port``."""
        return "{}:{}".format(*self.server_address)


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        yield server
        server.shutdown()
        serving.join()
