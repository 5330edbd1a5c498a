"""The pages of ``--help`` in the reader's language; English stays as typer lays it out."""

from __future__ import annotations

import re
import sys
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO, cast

import typer

from multistore.cli.messages import language, say

if TYPE_CHECKING:
    from collections.abc import Callable

_BREAK = "\x1f"
"""A space to whoever breaks lines, of no width to whoever counts columns; never shown."""
_SPACE = "\ue000"
"""A letter to whoever breaks lines; shown as a space."""

_PHRASE_ENDS = re.compile(f"(?<=[、。・{_SPACE}])(?!$)|(?<=[ぁ-ん）])(?<![おご])(?=[一-龠ァ-ヶ（])")

HELP_OPTIONS = ["--help", "-h"]
USAGE = "Usage: "
HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "REQUIRED_LONG_STRING": "[required]",
    "DEFAULT_STRING": "[default: {}]",
    "ENVVAR_STRING": "[env var: {}]",
}
"""What typer writes around the help texts, by the names that it keeps it under."""


def translate(node: Any) -> None:
    """Put every help text of a command, its parameters and its commands into the language."""
    if language() == "en":
        return
    node.format_help = partial(_shown, node.format_help)
    if node.help:
        node.help = _breakable(say(node.help))
    help_option = node.get_help_option(typer.Context(node, help_option_names=HELP_OPTIONS))
    for parameter in (*node.params, help_option):
        if getattr(parameter, "help", None):
            parameter.help = _breakable(say(parameter.help))
    for child in getattr(node, "commands", {}).values():
        translate(child)


def _breakable(text: str) -> str:
    """Let Japanese text break between phrases: rich breaks at spaces only, and cuts the rest."""
    # A space at the end of a line is not always taken off where letters are wide, and then cut.
    return _PHRASE_ENDS.sub(_BREAK, text.replace(" ", _SPACE))


def _shown(show: Callable[..., None], *words: Any, **options: Any) -> None:
    """Show a page in the language, without the marks that it was broken by."""
    from typer import rich_utils  # noqa: PLC0415 - only a help page needs rich

    english = {name: getattr(rich_utils, name) for name in HEADINGS}
    try:
        for name, text in HEADINGS.items():
            setattr(rich_utils, name, say(text))
        with redirect_stdout(cast("Any", _Unmarked(sys.stdout))):
            show(*words, **options)
    finally:
        for name, text in english.items():
            setattr(rich_utils, name, text)


class _Unmarked:
    """Standard output, but for the marks."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without its marks."""
        shown = text.replace(_BREAK, "").replace(_SPACE, " ").replace(USAGE, say(USAGE))
        return self._stream.write(shown)

    def __getattr__(self, name: str) -> Any:
        """Be the stream in all else: a terminal or not, its encoding."""
        return getattr(self._stream, name)
