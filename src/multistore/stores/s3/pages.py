"""One page of a listing, read at once; what sort of document it is; and the times in any answer.

*Measured with botocore 1.44*: its own reading walks the answer once for each shape of its model,
which takes two thirds of the time that a listing costs this process. Here the elements that a
listing needs are taken out of the same tree, in one walk.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable


def moment(value: Any) -> datetime:
    """Read a time out of an answer.

    *Measured with botocore 1.43*: its own reader, which guesses at the format, takes more than
    half of the time that a listing of versions costs this process.
    """
    if isinstance(value, str):
        try:
            told = datetime.fromisoformat(value)
        except ValueError:
            pass  # a header's form, which is another one
        else:
            if told.tzinfo is not None:
                return told
    read: datetime = parse_timestamp(value)
    return read


_OF_PAGE: dict[str, Callable[[str], Any]] = {
    "IsTruncated": lambda text: text == "true",
    "NextContinuationToken": str,
    "EncodingType": str,
}
_OF_ENTRY: dict[str, Callable[[str], Any]] = {
    "Key": str,
    "Size": int,
    "LastModified": moment,
    "ETag": str,
}


def note_outline(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Keep what botocore's reading loses: the document's name, and its word for "there is more".

    A handler of ``before-parse``. botocore takes any document, and none, for an empty listing;
    and every word but ``true`` for the end of one.
    """
    try:
        root = ET.fromstring(response_dict["body"])  # noqa: S314 - as botocore reads it
    except (ET.ParseError, ValueError):
        return
    space, end, name = root.tag.rpartition("}")
    word = root.find(f"{space}{end}IsTruncated")
    customized_response_dict["Root"] = name
    customized_response_dict["Truncated"] = None if word is None else word.text


def read_page(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Read the answer in botocore's place, where it is the listing that it should be.

    A handler of ``before-parse``. What is anything else (an error, another document, no XML, a
    number that is none) is left to botocore, and so are its complaints.
    """
    if response_dict["status_code"] != 200:
        return
    try:
        page = _page(ET.fromstring(response_dict["body"]))  # noqa: S314 - as botocore reads it
    except (ET.ParseError, ValueError):
        return
    if page is not None:
        customized_response_dict.update(page)
        response_dict["body"] = b""


def _page(root: ET.Element) -> dict[str, Any] | None:
    space, _, name = root.tag.rpartition("}")
    if name != "ListBucketResult":
        return None
    begin = len(space) + 1 if space else 0
    page: dict[str, Any] = {
        "Root": name,
        "Truncated": None,
        "IsTruncated": False,
        "Contents": [],
        "CommonPrefixes": [],
    }
    for element in root:
        name = element.tag[begin:]
        if name == "Contents":
            page["Contents"].append(_entry(element, begin))
        elif name == "CommonPrefixes":
            page["CommonPrefixes"] += [{"Prefix": prefix.text or ""} for prefix in element]
        elif name in _OF_PAGE:
            page[name] = _OF_PAGE[name](element.text or "")
            if name == "IsTruncated":
                page["Truncated"] = element.text
    return page


def _entry(element: ET.Element, begin: int) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for field in element:
        read_field = _OF_ENTRY.get(field.tag[begin:])
        if read_field is not None:
            entry[field.tag[begin:]] = read_field(field.text or "")
    return entry
