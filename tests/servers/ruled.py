"""A scripted server whose script is a list of rules, which a test may extend while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.scripted import Asked, Reply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable


class RuledServer(ScriptedServer):
    """Answers by the first rule that has an answer; 418 where none has, a fault of the test."""

    def __init__(self) -> None:
        self.rules: list[Callable[[Asked], Reply | None]] = []
        super().__init__(self._answer)

    def _answer(self, asked: Asked) -> Reply:
        answers = (rule(asked) for rule in self.rules)
        found = (answer for answer in answers if answer is not None)
        return next(found, Reply(418, headers={"x-no-rule": asked.target}))


def reply(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
    """Make an answer, most of which are headers on Azure."""
    return Reply(status, body, headers or {})
