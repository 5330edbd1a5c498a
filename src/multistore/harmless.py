"""Names from outside, without the signs that a terminal obeys, that forge a line or hide.

A name may come from whoever can make a bucket or write an answer: with a line break in it, it
would write lines of its own, which a CI takes for commands; with a sign that turns the direction
of writing, it would read as another name.
"""

from __future__ import annotations

import re

_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""What sets the direction of writing."""
_BREAKING = "\u2028\u2029"
"""Line breaks besides the controls."""
_UNSEEN = "\u00ad\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""What takes no room: soft hyphens, joiners, shorthands of old, tags."""
_SURROGATES = "\ud800-\udfff"
"""Halves of pairs, which no file can hold; our streams write their numbers."""

_OBEYED = re.compile(f"[\x00-\x1f\x7f-\x9f{_TURNING}{_BREAKING}]")
_HIDDEN = re.compile(f"[{_UNSEEN}{_SURROGATES}]")
_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_SURROGATES}{_TURNING}{_BREAKING}{_UNSEEN}]")
# GitHub's runner takes ::name for a command at the beginning of a line, spaces aside, and
# ##[name] anywhere in it; Azure Pipelines does so with ##vso[name].
_COMMANDS = re.compile(r"\A\s*:(?=:[A-Za-z])|#(?=#\w*\[)")
_IN_JSON = re.compile(f"[\x7f-\x9f{_TURNING}{_BREAKING}{_UNSEEN}]")


def one_line(text: str) -> str:
    """Give a text with U+FFFD for each sign that a terminal obeys, line breaks among them.

    Joiners stay, which many a name in emoji or Persian needs to be what it is.
    """
    return _OBEYED.sub("\ufffd", text)


def harmless(text: str) -> str:
    """Give one value with U+FFFD for each such sign, each unseen one, and a CI's commands."""
    return _COMMANDS.sub("\ufffd", _HIDDEN.sub("\ufffd", one_line(text)))


def harmless_lines(text: str) -> str:
    """Do the same for a document, which has line breaks and tabs of its own."""
    return _IN_LINES.sub("\ufffd", text)


def visible_json(text: str) -> str:
    """Give JSON that holds the same, with each sign that JSON does not escape by itself escaped."""
    return _IN_JSON.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
