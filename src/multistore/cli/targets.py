"""What the words of a command line mean: where to, which bytes, which metadata. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from multistore.errors import InvalidArgumentError
from multistore.values import Address, From, Last, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.values import ByteRange

PIPE = "-"


def put_targets(sources: Sequence[str], target: str) -> list[tuple[str, Address]]:
    """Pair every source of a put with the address that it goes to.

    A target that ends with a slash is a directory: each file keeps its own name below it.

    Raises:
        InvalidArgumentError: several sources for one address, a pipe for a directory, two
            sources of one name, or an address that is none.
    """
    if not target.endswith("/"):
        if len(sources) > 1:
            raise InvalidArgumentError(
                f"{len(sources)} sources cannot become one object",
                hint=f"Write {target}/ to put each under its own name.",
            )
        return [(sources[0], Address.parse(target))]
    pairs: dict[Address, str] = {}
    for source in sources:
        if source == PIPE:
            raise InvalidArgumentError(
                "standard input has no name of its own", hint="Write the whole address."
            )
        address = Address.parse(target + Path(source).name)
        if address in pairs:
            raise InvalidArgumentError(
                f"{pairs[address]} and {source} would both become {address}",
                hint="Put them one by one.",
            )
        pairs[address] = source
    return [(source, address) for address, source in pairs.items()]


def get_target(address: Address, destination: str | None) -> Path:
    """Say in which file a get ends; never in one that was not named and is there already.

    Without a destination the file has the last part of the key as its name and lies in the
    working directory. A directory gets a file of that name.

    Raises:
        InvalidArgumentError: the file was not named and exists, or is a device, a pipe or such.
    """
    name = address.key.rpartition("/")[2]
    if destination is None:
        path = Path(name)
        if path.exists():
            raise InvalidArgumentError(
                f"{name} is here already", hint=f"Name it to write over it: get {address} {name}"
            )
        return path
    path = Path(destination)
    if destination.endswith("/") or path.is_dir():
        path /= name
    if path.exists() and not path.is_file():
        # The rename at the end would put a file in the place of /dev/null.
        raise InvalidArgumentError(f"{path} is not a file", hint=f"Write: get {address} - > {path}")
    return path


def byte_range(text: str) -> ByteRange:
    """Read ``0-1023`` (both included), ``100-`` or ``-500``, as HTTP writes ranges.

    Raises:
        InvalidArgumentError: it is none of these.
    """
    match = re.fullmatch(r"([0-9]{0,19})-([0-9]{0,19})", text, re.ASCII)
    first, last = match.groups() if match else ("", "")
    if first and last and int(first) <= int(last):
        return Span(int(first), int(last) + 1)
    if first and not last:
        return From(int(first))
    if last and not first and int(last):
        return Last(int(last))
    raise InvalidArgumentError(
        f"{text[:40]!r} is not a range of bytes",
        hint="Write 0-1023 (both included), 100- (to the end) or -500 (the last 500).",
    )


def metadata_of(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``key=value`` pairs.

    Raises:
        InvalidArgumentError: one has no key or no ``=``, or a key comes twice.
    """
    metadata: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InvalidArgumentError(f"--meta {pair[:40]!r}", hint="Write --meta key=value.")
        if key in metadata:
            raise InvalidArgumentError(f"--meta {key}= is there twice")
        metadata[key] = value
    return metadata
