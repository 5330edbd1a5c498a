"""What a judge may answer, one constructor per status, with the words in both languages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.compliance.model import NOTHING, Judgement, Status, Text

if TYPE_CHECKING:
    from collections.abc import Iterable


def passed(en: str, ja: str, *, call: str = "", confidence: str = "control-plane") -> Judgement:
    """Say that the promise is kept, and what shows it."""
    return Judgement(Status.PASS, Text(en, ja), call, confidence=confidence)


def failed(en: str, ja: str, *, call: str = "", remedy: Text = NOTHING) -> Judgement:
    """Say what breaks the promise."""
    return Judgement(Status.FAIL, Text(en, ja), call, remedy, confidence="")


def unknown(en: str, ja: str, *, call: str = "", remedy: Text = NOTHING) -> Judgement:
    """Say what an answer that was read leaves open."""
    return Judgement(Status.UNKNOWN, Text(en, ja), call, remedy, confidence="")


def attested(en: str, ja: str, *, call: str = "") -> Judgement:
    """Say what holds by an operator's word alone."""
    return Judgement(Status.ATTESTED, Text(en, ja), call, confidence="attested")


def not_asked(en: str, ja: str, *, call: str = "") -> Judgement:
    """Say why the question does not arise."""
    return Judgement(Status.NA, Text(en, ja), call, confidence="")


def together(found: Iterable[Judgement], otherwise: Judgement) -> list[Judgement]:
    """Return what was found, or what holds where nothing was."""
    return list(found) or [otherwise]
