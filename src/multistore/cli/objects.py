"""``ls``, ``stat``, ``cp``, ``rm``: what is there, and what is done to it where it lies."""

from __future__ import annotations

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
from multistore.cli.transfer import show_written
from multistore.errors import ErasureError, InvalidArgumentError
from multistore.values import Address, CommonPrefix, Outcome, OutcomeStatus, Prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.values import ObjectInfo


def ls(
    prefix: Annotated[
        str,
        typer.Argument(
            metavar="PREFIX", help="tenant/collection/, or that and the beginning of a key."
        ),
    ],
    *,
    long: Annotated[bool, typer.Option("-l", help="With size and time.")] = False,
    recursive: Annotated[
        bool, typer.Option("-r", help="All objects below, not one level.")
    ] = False,
    delimiter: Annotated[
        str | None,
        typer.Option("--delimiter", metavar="TEXT", help="What parts the levels; / by default."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """List objects, ordered by their names' bytes, with the sizes of their plaintext."""
    below = Prefix.parse(prefix)
    if recursive and delimiter is not None:
        raise InvalidArgumentError("-r and --delimiter exclude each other")
    if delimiter == "":
        raise InvalidArgumentError("--delimiter is empty", hint="-r lists without one.")
    with opened(config) as vault:
        for entry in vault.list(below, delimiter=None if recursive else delimiter or "/"):
            if isinstance(entry, CommonPrefix):
                _show_group(entry, long=long, json_lines=json_lines)
            elif json_lines:
                output.record(output.listed(entry))
            else:
                output.line(_long(entry) if long else str(entry.address))
        output.flush()


def _long(info: ObjectInfo) -> str:
    return f"{output.count(info.size):>19}  {output.local(info.modified)}  {info.address}"


def _show_group(group: CommonPrefix, *, long: bool, json_lines: bool) -> None:
    if json_lines:
        output.record({"prefix": group.prefix})
    else:
        output.line(f"{'':>19}  {'':>23}  {group.prefix}" if long else group.prefix)


def stat(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="tenant/collection/key.")],
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Describe one object: size, times, etag, content type, metadata."""
    with opened(config) as vault:
        info = vault.head(Address.parse(address))
    if json_lines:
        output.record(output.described(info))
        return
    say = messages.say
    rows = [
        (say("address"), str(info.address)),
        (say("size"), say("{size} bytes", size=output.count(info.size))),
        (say("modified"), output.local(info.modified)),
        (say("sealed"), "-" if info.created is None else output.local(info.created)),
        (say("etag"), info.etag),
        (say("version"), info.version or "-"),
        (say("content type"), info.content_type or "-"),
        *((say("meta {key}", key=key), value) for key, value in sorted(info.metadata.items())),
    ]
    for name, value in rows:
        output.line(f"{name}: {value}")


def cp(
    source: Annotated[str, typer.Argument(metavar="SRC", help="tenant/collection/key.")],
    target: Annotated[
        str,
        typer.Argument(
            metavar="DST", help="tenant/collection/key, or a directory that ends with /."
        ),
    ],
    *,
    create: Create = False,
    if_match: IfMatchEtag = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Copy an object, with its metadata, to another address of the vault."""
    origin = _address(source)
    goal = _address(target + origin.key.rpartition("/")[2] if target.endswith("/") else target)
    mode = write_mode(create=create, if_match=if_match)
    with opened(config) as vault:
        show_written(vault.copy(origin, goal, mode=mode), json_lines=json_lines)


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(
            str(error.args[0]),
            hint="cp goes from address to address; put takes files in and get brings them out.",
        ) from None


def rm(
    addresses: Annotated[
        list[str], typer.Argument(metavar="ADDRESS", help="tenant/collection/key.")
    ],
    *,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Delete objects. This hides them: where a store keeps versions, their bytes stay."""
    targets = [Address.parse(address) for address in addresses]
    with opened(config) as vault:
        try:
            outcomes: Sequence[Outcome] = vault.delete_many(targets)
        except ErasureError as error:
            kept = {outcome.name: outcome for outcome in error.remaining}
            gone = OutcomeStatus.DELETED
            _show_outcomes(
                [kept.get(str(t)) or Outcome(str(t), None, gone) for t in targets],
                json_lines=json_lines,
            )
            raise
    _show_outcomes(outcomes, json_lines=json_lines)
    if not json_lines:
        output.note(
            messages.say(
                "rm hides: where versions are kept, bytes stay; multistore erase removes them."
            )
        )


def _show_outcomes(outcomes: Sequence[Outcome], *, json_lines: bool) -> None:
    for outcome in outcomes:
        if json_lines:
            output.record(
                {
                    "address": outcome.name,
                    "status": str(outcome.status),
                    "version": outcome.version,
                    "code": outcome.code,
                    "request_id": outcome.request_id,
                }
            )
        else:
            output.line(f"{_status(outcome.status)}  {outcome.name}")
    output.flush()


def _status(status: OutcomeStatus) -> str:
    if status is OutcomeStatus.FAILED:
        return messages.say("failed, may still be there")
    return messages.say(str(status))
