"""What the command says around the library's own texts, in English and Japanese.

The English text is the key; JAPANESE gives the other one. Error texts of the library stay
English, so that they can be looked up and quoted to a support desk.
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


def explained(error: BaseException) -> str:
    """Return an error's text on one line: English, but for what a residency verdict says."""
    text = str(error)
    if isinstance(error, ResidencyError) and error.reasons and _chosen[0] == "ja":
        said = (
            part for reason in error.reasons for part in (reason.say("ja"), reason.advise("ja"))
        )
        text = " ".join(part for part in said if part)
    return " ".join(text.split())
