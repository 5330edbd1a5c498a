"""Reading parsed answers by path, so that an answer of another shape is never taken for "none"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.values import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping


class MalformedError(ValueError):
    """An answer does not have the shape that its API documents; the checker makes it UNKNOWN."""


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if value is None:
            return None
        if not hasattr(value, "items"):
            raise MalformedError(f"{'.'.join(path)}: {step} is asked of what has no names")
        value = value.get(step)
    return value


def section(value: Any, *path: str) -> Mapping[str, Any]:
    """Return the part at a path; empty where it is not there.

    Raises:
        MalformedError: there is something else than a part with names.
    """
    found = _at(value, path)
    if found is None:
        return EMPTY
    if not hasattr(found, "items"):
        raise MalformedError(f"{'.'.join(path)} has no names")
    part: Mapping[str, Any] = found
    return part


def entries(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """Return the list at a path, of parts with names; empty where it is not there.

    Raises:
        MalformedError: there is something else than such a list.
    """
    found = _at(value, path)
    if found is None:
        return []
    if isinstance(found, (str, bytes)) or not hasattr(found, "__iter__"):
        raise MalformedError(f"{'.'.join(path)} is no list")
    return [section(entry) for entry in found]


def texts(value: Any, *path: str) -> list[str]:
    """Return the list of texts at a path; one alone counts as a list of it.

    Raises:
        MalformedError: there is something else.
    """
    found = _at(value, path)
    if found is None:
        return []
    if isinstance(found, str):
        return [found]
    if hasattr(found, "items") or not hasattr(found, "__iter__"):
        raise MalformedError(f"{'.'.join(path)} is no list of texts")
    return [str(entry) for entry in found]


def text(value: Any, *path: str) -> str:
    """Return the text at a path; empty where it is not there."""
    found = _at(value, path)
    return "" if found is None else str(found)


def number(value: Any, *path: str) -> int | None:
    """Return the whole number at a path; None where it is not there.

    Raises:
        MalformedError: there is something else.
    """
    found = _at(value, path)
    if found is None:
        return None
    try:
        return int(found)
    except (TypeError, ValueError):
        raise MalformedError(f"{'.'.join(path)} is no number") from None
