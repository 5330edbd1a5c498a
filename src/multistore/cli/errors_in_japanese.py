"""An error of the library, told in Japanese where there are words for it. Pure."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import TYPE_CHECKING

from multistore.cli.japanese_errors import FAULTS, FIELDS, PARTS, TEXTS
from multistore.errors import ConfigurationError, MultistoreError

if TYPE_CHECKING:
    from collections.abc import Sequence


_BECAME = re.compile(r"(?<=: )(changed|retained|denied|failed)(?=; | \(|$)")


def told(error: BaseException) -> str:
    """Tell an error in Japanese: what, where, what to do next; names and codes as they are."""
    if not isinstance(error, MultistoreError):
        said = str(error)
        if isinstance(error, OSError) and error.strerror:
            said = PARTS.get(error.strerror, error.strerror)
            said = said if error.filename is None else f"{said}: {error.filename}"
        return said
    text = translated(str(error.args[0]) if error.args else "")
    if isinstance(error, ConfigurationError):
        for english, japanese in FAULTS.items():
            text = text.replace(english, japanese)
    where = "、".join(
        f"{label} {value}"
        for name, label in FIELDS.items()
        if (value := getattr(error, name)) is not None
    )
    if where:
        text = f"{text}（{where}）"
    return (
        f"{text.removesuffix('.').removesuffix('。')}。{translated(error.hint)}"
        if error.hint
        else text
    )


def translated(text: str) -> str:
    """Give a sentence in Japanese, or as it is where none of ours fits."""
    if text in PARTS:
        return PARTS[text]
    for pattern, japanese in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            named = {name: _gap(name, part) for name, part in found.groupdict().items()}
            return japanese.format(**named) if named else japanese
    return text


def _gap(name: str, part: str) -> str:
    if name == "why":
        return translated(part)
    if name == "named":  # addresses, each with what became of it
        return _BECAME.sub(lambda found: PARTS[found[0]], part)
    return PARTS.get(part, part)


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
