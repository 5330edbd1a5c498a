"""What people say for the record: a reason, a name, who. Kept for ever, so checked before. Pure."""

from __future__ import annotations

import unicodedata

from multistore.errors import InvalidArgumentError

NAME_MOST = 200
"""Characters that the name of a person or of a hold may have."""


def must_be_said(
    what: str,
    text: object,
    *,
    most: int | None = None,
    key: str | None = None,
    hint: str | None = None,
) -> None:
    """Refuse a text that a ledger and a certificate cannot keep.

    Args:
        what: what it is, for the message: ``reason``.
        text: what was said.
        most: how many characters it may have; None for any number.
        key: what it is said about.
        hint: what to do.

    Raises:
        InvalidArgumentError: it is no text, empty, too long, has a control character, or is not
            Unicode text (a lone surrogate, which Python makes of a command line's bytes that are
            not UTF-8).
    """
    fault = _fault(text, most)
    if fault:
        raise InvalidArgumentError(f"the {what} {fault}", key=key, hint=hint)


def _fault(text: object, most: int | None) -> str | None:
    if not isinstance(text, str):
        return f"was given as {type(text).__name__}; it is text (a str)"
    if not text.strip():
        return "is empty"
    if most is not None and len(text) > most:
        return f"has {len(text)} characters; at most {most} are kept"
    kinds = {unicodedata.category(character) for character in text}
    if "Cs" in kinds:
        return "is not Unicode text"
    return "has a control character" if "Cc" in kinds else None
