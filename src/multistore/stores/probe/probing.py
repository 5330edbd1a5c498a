"""Find out what an S3 service really does, by throw-away objects. A name proves nothing.

Everything that a probe writes lies below ``multistore-probe-<random>/`` and is removed again, also
after an error. A probe never changes the configuration of a bucket, and sends no DELETE but of its
own objects, versions and uploads. It costs about 150 requests, and 20 MB of uploads.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from multistore.errors import (
    MultistoreError,
    NotFoundError,
    ResidencyError,
    UnauthenticatedError,
    UnsupportedError,
)
from multistore.stores.probe.objects import OBJECT_CHECKS
from multistore.stores.probe.report import Finding, ProbeReport, Question, apply
from multistore.stores.probe.room import Room, cleared
from multistore.stores.probe.uploads import UPLOAD_CHECKS
from multistore.stores.s3.canary import canary
from multistore.stores.s3.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from multistore.stores.base import Store

__all__ = ["Finding", "ProbeReport", "Question", "apply", "probe"]


def probe(store: Store, *, progress: Callable[[Finding], None] | None = None) -> ProbeReport:
    """Probe the bucket of an S3 store. What fails to be found out is None in the report.

    Args:
        store: the store; what its profile says does not matter.
        progress: told each finding as it is made.

    Raises:
        UnsupportedError: it is not an S3 store; what others do is documented.
        MultistoreError: not one object can be written and read: the bucket, the credentials or
            the address are wrong.
    """
    if not isinstance(store, S3Store):
        raise UnsupportedError(
            f"what {store.provider} does is documented, and not probed",
            operation="probe",
            store=store.name,
            provider=store.provider,
            hint="Probe a store of an S3-compatible service.",
        )
    room = Room(store, f"multistore-probe-{secrets.token_hex(8)}/")
    findings: dict[Question, Finding] = {}
    left: tuple[str, ...] = ()
    try:
        room.put("first", b"first")
        for check in (_canary, *OBJECT_CHECKS, *UPLOAD_CHECKS):
            for finding in _answers(check, room):
                findings[finding.question] = finding
                if progress is not None:
                    progress(finding)
    finally:
        left = cleared(room)
    place = store.reach.place
    unknown = "; ".join(["could not be found out", *room.failures])
    return ProbeReport(
        store=place.store,
        provider=place.endpoint.provider,
        url=place.endpoint.url,
        bucket=place.bucket,
        date=datetime.now(UTC).replace(microsecond=0),
        findings=tuple(
            findings.get(question) or Finding(question, None, unknown) for question in Question
        ),
        versioning=room.versioning,
        left_behind=left,
    )


def _answers(check: Callable[[Room], list[Finding]], room: Room) -> list[Finding]:
    """Run one check; what it could not find out is missing from its answers."""
    try:
        return check(room)
    except (ResidencyError, UnauthenticatedError):
        raise
    except MultistoreError as error:
        if isinstance(error, NotFoundError) and error.code == "NoSuchBucket":
            raise
        room.failures.append(f"{check.__name__}: {error.code or error.status}")
        return []


def _canary(room: Room) -> list[Finding]:
    answer = canary(room.bucket)
    return [
        Finding(
            Question.CANARY,
            not answer.fell_through,
            f"GET ?random: status {answer.status}, <{answer.root}>",
            answer.request_id,
        )
    ]
