"""How a name becomes directories and one file, and back: pure, injective and in order.

Each segment but the last is a directory, the last a file whose name ends in ``.object``; so an
object ``a`` (``a.object``) and a group ``a/`` (``a``) can lie side by side. In a file name:

- ``%``, control characters and a leading dot are written ``%XX``;
- the dot of a directory's final ``.object`` is written ``%2E``;
- an empty segment is ``%``;
- a segment of 60 characters or more is cut: its first 60 are a directory whose name ends in
  ``%``, and so on with the rest, perhaps empty. (File systems allow 255 bytes to a name; 60
  characters of UTF-8 and a suffix stay below that.)

Whatever does not read back to itself by these rules is not ours. Everything in one directory
stands for a piece of text, its fragment, and no fragment but a file's begins another; so
sorting fragments by their bytes sorts the names.
"""

from __future__ import annotations

import re

SUFFIX = ".object"
_CUT = 60
_ESCAPED = re.compile(r"%([0-9A-F]{2})")
_TO_ESCAPE = re.compile(r"[%\x00-\x1f\x7f]|^\.")


def pieces(name: str) -> tuple[bytes, ...]:
    """Return the file names that lead to an object: directories, and its file last."""
    found: list[str] = []
    *groups, last = name.split("/")
    for group in groups:
        found.append(_branch(_cut(group, found)))
    found.append((_escape(_cut(last, found)) or "%") + SUFFIX)
    return tuple(piece.encode() for piece in found)


def fragment(piece: bytes, *, leaf: bool) -> str | None:
    """Return the text that a file (leaf) or a directory stands for; None: not ours.

    A name is the fragments of its pieces, one after the other.
    """
    try:
        written = piece.decode()
    except UnicodeDecodeError:
        return None
    if leaf:
        text = _unescape(written.removesuffix(SUFFIX))
        again = (_escape(text) or "%") + SUFFIX
        return text if again == written and len(text) < _CUT else None
    if written.endswith("%") and written != "%":
        text = _unescape(written[:-1])
        return text if _escape(text) + "%" == written and len(text) == _CUT else None
    text = _unescape(written)
    return text + "/" if _branch(text) == written and len(text) < _CUT else None


def _cut(segment: str, found: list[str]) -> str:
    while len(segment) >= _CUT:
        found.append(_escape(segment[:_CUT]) + "%")
        segment = segment[_CUT:]
    return segment


def _branch(segment: str) -> str:
    written = _escape(segment) or "%"
    if written.endswith(SUFFIX):
        return f"{written.removesuffix(SUFFIX)}%2E{SUFFIX[1:]}"
    return written


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _unescape(written: str) -> str:
    if written == "%":
        return ""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), written)
