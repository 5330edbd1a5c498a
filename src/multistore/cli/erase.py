"""``erase``: everything of a subject gone, verified, certified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multistore.cli import destination, messages, output
from multistore.cli.exits import Code
from multistore.cli.options import DEFAULT_CONFIG, By, Config, Json, opened
from multistore.cli.progress import counting
from multistore.errors import InvalidArgumentError

if TYPE_CHECKING:
    from multistore.erasure.execute import Erasure
    from multistore.erasure.fate import VersionFate
    from multistore.erasure.plan import Plan

CertificateFile = Annotated[
    Path | None,
    typer.Option("--certificate", metavar="FILE", help="Where the certificate is written."),
]


def erase(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="tenant/collection/key, or a prefix that ends with /: tenant/ is all of it.",
        ),
    ],
    *,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why; it stands in the certificate."),
    ] = None,
    by: By = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan and its digest, and change nothing.")
    ] = False,
    plan: Annotated[
        str | None,
        typer.Option("--plan", metavar="DIGEST", help="Execute exactly this plan, or nothing."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase whatever is there, without a plan shown before.")
    ] = False,
    certificate: CertificateFile = None,
    config: Config = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> None:
    """Erase every version, marker, copy and unfinished upload, look again, and certify it.

    It cannot be undone: show the plan with --dry-run first, then execute it with --plan DIGEST.
    """
    if dry_run:
        with opened(config) as vault:
            _show_plan(vault.plan_erasure(subject), json_lines=json_lines)
        return
    if reason is None:
        raise InvalidArgumentError("an erasure needs a reason", hint="--reason TEXT")
    if (plan is not None) == yes:
        raise InvalidArgumentError(
            "an erasure cannot be undone",
            hint="Look with --dry-run first, then give either --plan DIGEST or --yes.",
        )
    if certificate is not None:
        destination.require_file_name(certificate)
    with opened(config) as vault:
        with counting(subject) as progress:
            erasure = vault.erasing.run(
                subject, reason=reason, performed_by=by, plan=plan, progress=progress
            )
        _show(erasure, certificate, json_lines=json_lines)


def _show_plan(plan: Plan, *, json_lines: bool) -> None:
    for item in plan.items:
        hold = plan.held(item)
        if json_lines:
            output.record(
                {
                    "store": item.store,
                    "name": item.name,
                    "kind": item.kind,
                    "version": item.version or None,
                    "size": item.size,
                    "held_by": hold.name if hold else None,
                }
            )
        else:
            kept = f"  {messages.say('held by {name}', name=hold.name)}" if hold else ""
            output.line(
                f"{output.count(item.size):>15}  {item.kind:<13}  {item.store}: {item.name}  "
                f"{item.version}{kept}".rstrip()
            )
    for one in plan.unseen:
        output.note(
            messages.say(
                "not looked at: {store} {what}: {why}",
                store=one.store,
                what=messages.in_words(one.what),
                why=messages.in_words(one.why),
            )
        )
    for stray in plan.foreign:
        output.note(
            messages.say(
                "not ours, and left: {store} {what} {path}",
                store=stray.store,
                what=stray.what,
                path=stray.path,
            )
        )
    if json_lines:
        unseen = [{"store": one.store, "what": one.what, "why": one.why} for one in plan.unseen]
        foreign = [{"store": one.store, "what": one.what, "path": one.path} for one in plan.foreign]
        output.record(
            {
                "plan": plan.digest,
                "items": len(plan.items),
                "bytes": plan.bytes,
                "unseen": unseen,
                "foreign": foreign,
            }
        )
    else:
        output.line(
            messages.say(
                "{count} versions, {size} bytes; plan {digest}",
                count=f"{len(plan.items):,}",
                size=output.count(plan.bytes),
                digest=plan.digest,
            )
        )
    output.flush()
    if plan.unseen:
        output.note(messages.say("the plan is not whole: not everything could be looked at"))
        raise typer.Exit(Code.FAILED)


def _show(erasure: Erasure, file: Path | None, *, json_lines: bool) -> None:
    from multistore.erasing import partial  # noqa: PLC0415 - costs the ledger's imports

    certificate = erasure.certificate
    assert certificate is not None  # noqa: S101 - only a dry run has none
    for fate in erasure.report.fates if json_lines else erasure.report.remaining:
        if json_lines:
            output.record(_fate(fate))
        else:
            said = messages.in_words(str(fate))
            output.line(f"{fate.item.store}: {fate.item.name}  {fate.item.version}  {said}")
    outcomes = certificate.payload["outcomes"]
    if json_lines:
        output.record(
            {
                "certificate": certificate.id,
                "status": certificate.status,
                "reissue_at": certificate.payload["reissue_at"],
                "outcomes": outcomes,
            }
        )
    else:
        output.line(
            messages.say(
                "{count} erased; certificate {id}: {status}",
                count=f"{outcomes['erased']:,}",
                id=certificate.id,
                status=certificate.status,
            )
        )
    output.flush()
    if file is not None:  # after its id was told: by that it can be had once more
        destination.replace_file(file, certificate.to_json())
    if certificate.status == "PARTIAL":
        raise partial(erasure)
    if certificate.status == "PENDING":
        output.note(
            messages.say("the rest goes later: multistore certificate show {id}", id=certificate.id)
        )
        raise typer.Exit(Code.PENDING)


def _fate(fate: VersionFate) -> dict[str, str | None]:
    item = fate.item
    return {
        "store": item.store,
        "name": item.name,
        "kind": item.kind,
        "version": item.version or None,
        "fate": str(fate.fate),
        "until": output.utc(fate.until) if fate.until else None,
        "by": fate.by,
        "why": fate.why,
        "code": fate.code,
        "request_id": fate.request_id,
    }
