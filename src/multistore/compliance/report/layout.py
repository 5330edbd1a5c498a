"""JSON that a person can read and a program writes fast: one member or element per line."""

from __future__ import annotations

import json
from typing import Any


def laid_out(value: Any, depth: int) -> str:
    """Write a value as JSON, its outer levels one entry per line, what is deeper on that line.

    The standard library's own indentation is written in Python and takes minutes for the report
    of a thousand buckets.

    Args:
        value: plain values.
        depth: how many levels are spread over lines.
    """
    if depth and value and hasattr(value, "items"):
        members = (
            f"{json.dumps(name, ensure_ascii=False)}: {laid_out(inner, depth - 1)}"
            for name, inner in value.items()
        )
        return "{\n" + ",\n".join(members) + "\n}"
    if depth and value and hasattr(value, "append"):
        return "[\n" + ",\n".join(laid_out(inner, depth - 1) for inner in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)
