"""What a judge may rely on in an answer: a part that must be there is there, or it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, section, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.compliance.view import View


def part(view: View, call: str, *path: str) -> Mapping[str, Any]:
    """Return the part of an answer that the API always gives.

    Raises:
        UnreadableError: the answer could not be had.
        MalformedError: it has no such part, and so is no answer to the question.
    """
    found = section(view.read(call), *path)
    if not found:
        raise MalformedError(f"the answer has no {'.'.join(path)}")
    return found


def listed(view: View, call: str, *path: str) -> list[Mapping[str, Any]]:
    """Return the list of an answer that the API gives even where it is empty.

    Where the service says that nothing is configured at all, the list is empty.

    Raises:
        UnreadableError: the answer could not be had.
        MalformedError: it has no such list, and so is no answer to the question.
    """
    value = view.answer(call)
    if value is None:
        return []
    if path[-1] not in section(value, *path[:-1]):
        raise MalformedError(f"the answer has no {'.'.join(path)}")
    return entries(value, *path)


def word(view: View, call: str, *path: str) -> str:
    """Return the text of an answer that the API always gives.

    Raises:
        UnreadableError: the answer could not be had.
        MalformedError: it has no such text, and so is no answer to the question.
    """
    found = text(view.read(call), *path)
    if not found:
        raise MalformedError(f"the answer has no {'.'.join(path)}")
    return found
