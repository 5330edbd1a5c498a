"""What an XML answer says in its own words, where botocore's reading of it loses some. Pure.

botocore 1.44 reads every word of a yes-or-no element but ``true`` as no, and drops elements that
its model does not have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = frozenset({"true", "false"})


def unclear(client: Any, operation: str, body: bytes) -> bool:
    """Whether an answer has another word than true or false where its API has a yes or no."""
    tree = parsed(body)
    if tree is None:
        return False
    names = frozenset(_yes_or_no(client.meta.service_model.operation_model(operation).output_shape))
    return any(name(part) in names and part.text not in _WORDS for part in tree.iter())


def parsed(body: bytes) -> ET.Element | None:
    """Return the outermost element; None where the body is no XML."""
    try:
        return ET.fromstring(body)  # noqa: S314 - botocore has read the same bytes in the same way
    except ET.ParseError:
        return None


def name(element: ET.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _yes_or_no(shape: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Give the XML names of what is a yes or no in a part of an answer."""
    if shape is None or shape.name in seen:
        return
    within = seen | {shape.name}
    if shape.type_name == "list":
        yield from _yes_or_no(shape.member, within)
    elif shape.type_name == "structure":
        for member_name, member in shape.members.items():
            if member.type_name == "boolean" and "location" not in member.serialization:
                yield str(member.serialization.get("name", member_name))
            yield from _yes_or_no(member, within)
