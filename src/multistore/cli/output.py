"""What goes to standard output: lines for people, one JSON object per line for scripts, bytes."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

from multistore.harmless import one_line, visible_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from multistore.stores.base import Buffer
    from multistore.values import ObjectInfo


class ReaderGoneError(Exception):
    """Whoever read our standard output has stopped (``| head``): end, quietly."""


def line(text: str) -> None:
    """Write one line for people; a name with a line break in it writes none of its own."""
    _write_text(f"{one_line(text)}\n")


def text(whole: str) -> None:
    """Write a text that ends its own lines."""
    _write_text(whole)


def note(text: str) -> None:
    """Write one remark for people to standard error, where no script reads it."""
    sys.stderr.write(f"{one_line(text)}\n")


def record(fields: Mapping[str, Any]) -> None:
    """Write one JSON object on one line."""
    written = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    _write_text(visible_json(written) + "\n")


def data(buffer: Buffer) -> None:
    """Write bytes as they are."""
    try:
        sys.stdout.buffer.write(buffer)
    except BrokenPipeError:
        raise ReaderGoneError from None


def flush() -> None:
    """Push out what is buffered, so that a full disk or a gone reader is noticed in time."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGoneError from None


def abandon_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's own flush stays silent."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def _write_text(text: str) -> None:
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise ReaderGoneError from None


def listed(info: ObjectInfo) -> dict[str, Any]:
    """Give the fields of one object that a listing knows, as JSON shows them."""
    return {
        "address": str(info.address),
        "size": info.size,
        "modified": utc(info.modified),
        "etag": info.etag,
        "version": info.version,
    }


def described(info: ObjectInfo) -> dict[str, Any]:
    """Give all fields of one object, as JSON shows them."""
    return {
        **listed(info),
        "created": None if info.created is None else utc(info.created),
        "content_type": info.content_type,
        "metadata": dict(info.metadata),
        "header_tag": None if info.header_tag is None else info.header_tag.hex(),
    }


def utc(moment: datetime) -> str:
    """Give a moment as JSON shows it: UTC, ISO 8601, ``Z``."""
    return moment.isoformat().replace("+00:00", "Z")


def local(moment: datetime) -> str:
    """Give a moment as people read it: in their own time zone, which is named."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def count(size: int | None) -> str:
    """Give a number of bytes with thousands apart; ``-`` where it is not known."""
    return "-" if size is None else f"{size:,}"
