"""An error of the library, told in Japanese where there are words for it. Pure."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import TYPE_CHECKING

from multistore.cli.japanese_errors import FIELDS, PARTS, TEXTS
from multistore.errors import MultistoreError

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(error: BaseException) -> str:
    """Tell an error in Japanese: what, where, what to do next; names and codes as they are."""
    if isinstance(error, OSError) and error.strerror:
        why = PARTS.get(error.strerror, error.strerror)
        return why if error.filename is None else f"{why}: {error.filename}"
    if not isinstance(error, MultistoreError):
        return str(error)
    text = translated(str(error.args[0]) if error.args else "")
    where = "、".join(
        f"{label} {value}"
        for name, label in FIELDS.items()
        if (value := getattr(error, name)) is not None
    )
    if where:
        text = f"{text}（{where}）"
    return f"{text}。{translated(error.hint)}" if error.hint else text


def translated(text: str) -> str:
    """Give a sentence in Japanese, or as it is where none of ours fits."""
    if text in PARTS:
        return PARTS[text]
    for pattern, japanese in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            named = {
                name: translated(part) if name == "why" else PARTS.get(part, part)
                for name, part in found.groupdict().items()
            }
            return japanese.format(**named) if named else japanese
    return text


@cache
def _patterns() -> Sequence[tuple[re.Pattern[str], str]]:
    """Give the sentences as patterns, the one that says the most itself first."""
    ordered = sorted(TEXTS, key=lambda text: -len(re.sub(r"\{\w+\}", "", text)))
    return [(_pattern(text), TEXTS[text]) for text in ordered]


def _pattern(text: str) -> re.Pattern[str]:
    pieces = (
        re.escape(said) + (f"(?P<{gap}>.*?)" if gap else "")
        for said, gap, _, _ in string.Formatter().parse(text)
    )
    return re.compile("".join(pieces), re.DOTALL)
