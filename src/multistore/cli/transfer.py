"""``put``, ``get``, ``cat``: bytes into the vault and out of it."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import messages, output
from multistore.cli.options import (
    DEFAULT_CONFIG,
    Config,
    Create,
    IfMatchEtag,
    Json,
    opened,
    write_mode,
)
from multistore.cli.progress import moving
from multistore.cli.targets import PIPE, byte_range, get_target, metadata_of, put_targets
from multistore.errors import InvalidArgumentError
from multistore.values import Address, Span

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from multistore.values import ObjectInfo
    from multistore.vault import Vault

PIECE = 8 * 1024 * 1024


def put(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="Files, or - for standard input.")
    ],
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS", help="tenant/collection/key, or a directory that ends with /."
        ),
    ],
    *,
    create: Create = False,
    if_match: IfMatchEtag = None,
    content_type: Annotated[
        str | None, typer.Option("--content-type", metavar="TYPE", help="Kept sealed.")
    ] = None,
    meta: Annotated[
        list[str] | None,
        typer.Option("--meta", metavar="KEY=VALUE", help="Kept sealed; may be repeated."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Seal files, or what comes through a pipe, and write them."""
    for source in sources:
        _require_file(source, address)
    pairs = put_targets(sources, address)
    if if_match is not None and len(pairs) > 1:
        raise InvalidArgumentError("--if-match concerns one object", hint="Put them one by one.")
    mode = write_mode(create=create, if_match=if_match)
    metadata = metadata_of(meta or [])
    with opened(config) as vault:
        for source, target in pairs:
            total = Path(source).stat().st_size if Path(source).is_file() else None
            with moving(_name(target), total) as progress:
                info = vault.put(
                    target,
                    sys.stdin.buffer if source == PIPE else Path(source),
                    mode=mode,
                    content_type=content_type,
                    metadata=metadata,
                    progress=progress,
                )
            show_written(info, json_lines=json_lines)


def _require_file(source: str, address: str) -> None:
    """Refuse what cannot be read before anything moves; pipes and devices are fine."""
    if source == PIPE:
        return
    try:
        is_there = Path(source).exists()
    except OSError as error:  # a path too long for the system, a directory that is closed to us
        raise InvalidArgumentError(f"{source[:200]} cannot be read: {error.strerror}") from None
    if not is_there:
        raise InvalidArgumentError(f"there is no file {source}")
    if Path(source).is_dir():
        example = f"multistore put {source.rstrip('/')}/* {address.rstrip('/')}/"
        raise InvalidArgumentError(
            f"{source} is a directory", hint=f"Name the files in it, as here: {example}"
        )


def show_written(info: ObjectInfo, *, json_lines: bool) -> None:
    """Tell that an object was written."""
    if json_lines:
        output.record(output.listed(info))
    else:
        output.line(messages.say("{address}  {size} bytes", **_told(info)))
    output.flush()


def _told(info: ObjectInfo) -> dict[str, str]:
    return {"address": str(info.address), "size": output.count(info.size)}


def get(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="tenant/collection/key.")],
    destination: Annotated[
        str | None,
        typer.Argument(metavar="DEST", help="A file, a directory, or - for standard output."),
    ] = None,
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Open an object and save it; the file appears when all of it has been verified."""
    source = Address.parse(address)
    if destination == PIPE:
        if json_lines:
            raise InvalidArgumentError("--json and the object's bytes cannot share one output")
        with opened(config) as vault:
            _pour(vault, source)
        return
    path = get_target(source, destination)
    if not path.parent.is_dir():
        raise InvalidArgumentError(f"there is no directory {path.parent}")
    with opened(config) as vault, vault.get(source) as download:
        info = download.info
        with moving(path.name, info.size) as progress:
            download.save(path, progress=progress)
    if json_lines:
        output.record({**output.described(info), "path": str(path)})
    else:
        output.line(
            messages.say("{address}  {size} bytes -> {path}", **_told(info), path=str(path))
        )


def cat(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="tenant/collection/key.")],
    *,
    span: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="RANGE",
            help="0-1023 (both included), 100- (to the end) or -500 (the last 500 bytes).",
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write an object, or some bytes of it, to standard output; only what was verified."""
    source = Address.parse(address)
    wanted = None if span is None else byte_range(span)
    with opened(config) as vault:
        if wanted is None:
            _pour(vault, source)
            return
        info = vault.head(source)
        if info.size is None:
            raise AssertionError("a described object has a size")
        start, stop = wanted.resolve(info.size)
        # The pin holds all pieces to one and the same object.
        for first in range(start, stop, PIECE):
            piece = Span(first, min(first + PIECE, stop))
            output.data(vault.read(source, piece, pin=info.header_tag))
        output.flush()


def _pour(vault: Vault, address: Address) -> None:
    with vault.get(address) as download, _beside(address, download.info.size) as progress:
        for buffer in download:
            output.data(buffer)
            if progress is not None:
                progress(len(buffer))
        output.flush()


def _beside(
    address: Address, total: int | None
) -> AbstractContextManager[Callable[[int], None] | None]:
    """Give a bar, unless it would share the screen with the object's own bytes."""
    return nullcontext() if sys.stdout.isatty() else moving(_name(address), total)


def _name(address: Address) -> str:
    return address.key.rpartition("/")[2]
