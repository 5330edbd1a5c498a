"""What a probe saw of an S3 service, as a record: dated, with request ids, and readable again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from multistore.errors import ConfigurationError

if TYPE_CHECKING:
    from multistore.stores.endpoint import Profile

FORMAT = 1


class Question(StrEnum):
    """What a probe asks. An answer is True, False, or None where it could not be found out."""

    CANARY = "an unknown subresource is refused"
    CREATE_PUT = "If-None-Match on PUT is honoured"
    CREATE_COMPLETE = "If-None-Match on CompleteMultipartUpload is honoured"
    UPDATE_PUT = "If-Match on PUT is honoured"
    UPDATE_COMPLETE = "If-Match on CompleteMultipartUpload is honoured"
    DELETE = "If-Match on DELETE is honoured"
    VERSIONS_LISTED = "versions are listed"
    VERSIONING = "an overwritten object keeps its old version"
    BULK_DELETE = "bulk delete deletes, and reports each key"
    LIFECYCLE = "lifecycle rules can be read"
    OBJECT_LOCK = "the bucket says whether it has Object Lock"
    CHECKSUMS_ACCEPTED = "x-amz-checksum headers are accepted"
    CHECKSUMS_VERIFIED = "a wrong x-amz-checksum is refused"
    RANGES = "ranges are exact, and one past the end is refused"
    SUFFIX_RANGES = "ranges from the end are exact"
    LIST_ORDER = "listings are in the order of bytes"
    START_AFTER = "start-after and delimiter are exact"
    NON_ASCII_NAMES = "non-ASCII names come back unchanged"
    ODD_NAMES = "names with signs come back unchanged"
    METADATA = "content type and metadata come back unchanged"
    MULTIPART = "parts of 5 MiB are put together"
    UNEQUAL_PARTS = "the parts of an upload may differ in size"
    SMALL_PARTS = "a part below 5 MiB is accepted before the last"
    SERVER_COPY = "parts are copied on the server"
    COPY_CONDITION = "a part is copied only under its source's etag"
    CONCURRENCY = "eight requests at a time are answered"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer, and what it rests on.

    Attributes:
        question: what was asked.
        answer: None where it could not be found out; it then counts as no.
        seen: what was sent and what came back, in a few words.
        request_id: of the deciding request.
    """

    question: Question
    answer: bool | None
    seen: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """One probe of one bucket.

    Attributes:
        store: the store's name in the configuration.
        provider: its provider.
        url: the endpoint.
        bucket: the bucket.
        date: when, aware.
        findings: one per question, in the order of Question.
        versioning: the bucket's state as it says itself (``Enabled``, ``Suspended``,
            ``Disabled``), or None. Conditions may hold in one state and not in another
            (*measured on Ceph 16*), so a report is good for the state that it names.
        left_behind: what could not be removed again.
    """

    store: str
    provider: str
    url: str
    bucket: str
    date: datetime
    findings: tuple[Finding, ...]
    versioning: str | None = None
    left_behind: tuple[str, ...] = ()

    def answer(self, question: Question) -> bool | None:
        """Return the answer to one question; None where it was not found out or not asked."""
        for finding in self.findings:
            if finding.question is question:
                return finding.answer
        return None

    def is_of(self, url: str, bucket: str) -> bool:
        """Say whether this report is about that endpoint and bucket."""
        return (self.url, self.bucket) == (url, bucket)

    def to_json(self) -> str:
        """Return the report as JSON, readable by people too."""
        content = asdict(self)
        content["date"] = self.date.isoformat()
        return json.dumps({"format": FORMAT, **content}, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ProbeReport:
        """Read what ``to_json`` wrote.

        Raises:
            ConfigurationError: it is not a report, or one of another format.
        """
        try:
            content = json.loads(text)
            if content.pop("format") != FORMAT:
                raise ConfigurationError(
                    "the record of the probe has another format",
                    hint="Write it anew: multistore probe STORE --output FILE.",
                )
            return cls._from(content)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigurationError(
                "this is not the record of a probe",
                hint="multistore probe STORE --output FILE writes one.",
            ) from None

    @classmethod
    def _from(cls, content: dict[str, Any]) -> ProbeReport:
        told: list[dict[str, Any]] = content.pop("findings")
        findings = tuple(Finding(Question(found.pop("question")), **found) for found in told)
        date = datetime.fromisoformat(content.pop("date"))
        if date.tzinfo is None or not all(f.answer in (True, False, None) for f in findings):
            raise ValueError
        left = tuple(content.pop("left_behind"))
        known = {field.name for field in fields(cls)}
        if not content.keys() <= known:
            raise ValueError
        return cls(date=date, findings=findings, left_behind=left, **content)


def apply(profile: Profile, report: ProbeReport) -> Profile:
    """Return the profile as the probe saw it: what was not seen to work, is not there.

    A condition counts only where both PUT and CompleteMultipartUpload honour it. ``ascii_names`` is
    only ever switched on, and changes how every name is spelt: apply a report before the first
    object is written. Addressing and the cap on concurrency stay as they are documented.
    """

    def yes(*questions: Question) -> bool:
        return all(report.answer(question) is True for question in questions)

    return replace(
        profile,
        conditional_create=yes(Question.CREATE_PUT, Question.CREATE_COMPLETE),
        conditional_update=yes(Question.UPDATE_PUT, Question.UPDATE_COMPLETE),
        conditional_delete=yes(Question.DELETE),
        server_copy=yes(Question.SERVER_COPY),
        bulk_delete=yes(Question.BULK_DELETE),
        versions=yes(Question.VERSIONS_LISTED),
        object_lock=yes(Question.OBJECT_LOCK),
        rules=yes(Question.LIFECYCLE),
        suffix_range=yes(Question.SUFFIX_RANGES),
        unequal_parts=yes(Question.UNEQUAL_PARTS),
        sdk_checksums=profile.sdk_checksums
        and yes(Question.CHECKSUMS_ACCEPTED, Question.CHECKSUMS_VERIFIED),
        ascii_names=profile.ascii_names or report.answer(Question.NON_ASCII_NAMES) is False,
    )
