"""Names from outside, without the signs that a terminal obeys or that turn a line around."""

from __future__ import annotations

import re

# Controls but tab and newline, halves of surrogate pairs, and what sets the direction of writing.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def harmless(text: str) -> str:
    """Give a text with U+FFFD in the place of each such sign."""
    return _OBEYED.sub("\ufffd", text)
