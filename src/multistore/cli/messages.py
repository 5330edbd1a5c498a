"""What the command says around the library's own texts, in English and Japanese.

The English text is the key; JAPANESE gives the other one. Errors are told in Japanese where there
are words for them; the rest, as what a service says, stays English, so that it can be looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.cli.japanese import JAPANESE
from multistore.errors import ResidencyError

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "ja")
_chosen = ["en"]


def of_environment(environment: Mapping[str, str]) -> str:
    """Return the language of a POSIX locale: ``ja`` or else ``en``."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(name)
        if locale:
            return "ja" if locale.partition(".")[0].partition("_")[0] == "ja" else "en"
    return "en"


def choose(language: str) -> None:
    """Speak this language from now on, in this process."""
    _chosen[0] = language


def language() -> str:
    """Return the language that is spoken now."""
    return _chosen[0]


def say(text: str, **values: str) -> str:
    """Return a text in the chosen language, with its ``{names}`` filled in."""
    chosen = JAPANESE.get(text, text) if _chosen[0] == "ja" else text
    return chosen.format(**values) if values else chosen


def in_words(text: str) -> str:
    """Return a sentence of the library in the chosen language, where that has words for it."""
    if _chosen[0] != "ja":
        return text
    from multistore.cli.errors_in_japanese import translated  # noqa: PLC0415 - few commands need it

    return translated(text)


def explained(error: BaseException) -> str:
    """Return an error's text on one line, in the chosen language as far as it has words for it."""
    if _chosen[0] != "ja":
        text = str(error)
    elif isinstance(error, ResidencyError) and error.reasons:
        said = (
            part for reason in error.reasons for part in (reason.say("ja"), reason.advise("ja"))
        )
        text = " ".join(part for part in said if part)
    else:
        from multistore.cli.errors_in_japanese import told  # noqa: PLC0415 - a failure's own need

        text = told(error)
    return " ".join(text.split())
