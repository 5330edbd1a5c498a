"""A bucket's lifecycle rules, and what they hold for the whole bucket. Pure.

A rule counts for the whole bucket only where it is switched on and narrowed by nothing: several
prefixes side by side leave a gap that no answer shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import MalformedError, entries, number, section, text
from multistore.compliance.reading import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.compliance.view import View

_CALL = "GetBucketLifecycleConfiguration"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What a bucket's rules do everywhere in it; None: nothing, or not everywhere.

    Attributes:
        expiration: days after which a current version expires.
        noncurrent: days after which a noncurrent version is gone.
        generations: noncurrent versions that are kept whatever their age.
        markers: whether delete markers that hide nothing are taken away.
        abort: days after which an unfinished upload is gone.
        archives: the storage classes to which any rule moves objects.
    """

    expiration: int | None = None
    noncurrent: int | None = None
    generations: int = 0
    markers: bool = False
    abort: int | None = None
    archives: tuple[str, ...] = ()


def lifecycle(view: View, prefix: str = "") -> Lifecycle:
    """Return what a bucket's rules do to every object below a prefix.

    Raises:
        UnreadableError: they could not be read.
        MalformedError: the answer is no lifecycle configuration.
    """
    rules = listed(view, _CALL, "Rules")
    if any(rule.get("Status") not in ("Enabled", "Disabled") for rule in rules):
        raise MalformedError("a rule is neither Enabled nor Disabled")
    on = [rule for rule in rules if rule.get("Status") == "Enabled"]
    whole = [rule for rule in on if _covers(rule, prefix)]
    expirations = [section(rule, "Expiration") for rule in whole]
    ends = [section(rule, "NoncurrentVersionExpiration") for rule in whole]
    final = [end for end in ends if not number(end, "NewerNoncurrentVersions")]
    aborts = [section(rule, "AbortIncompleteMultipartUpload") for rule in whole]
    expiration = _least(number(part, "Days") for part in expirations)
    moved = [
        text(step, "StorageClass")
        for rule in on
        for name in ("Transitions", "NoncurrentVersionTransitions")
        for step in entries(rule, name)
    ]
    return Lifecycle(
        expiration=expiration,
        noncurrent=_least(number(end, "NoncurrentDays") for end in final),
        generations=max((number(end, "NewerNoncurrentVersions") or 0 for end in ends), default=0),
        # Where whole days are given, S3 takes lone markers away by itself (S3 User Guide).
        markers=expiration is not None
        or any(part.get("ExpiredObjectDeleteMarker") is True for part in expirations),
        abort=_least(number(part, "DaysAfterInitiation") for part in aborts),
        archives=tuple(sorted(set(moved))),
    )


def _least(days: Any) -> int | None:
    least = min((day for day in days if day is not None), default=None)
    if least is not None and least < 1:
        raise MalformedError("a rule counts less than one day")
    return least


def _covers(rule: Mapping[str, Any], prefix: str) -> bool:
    """Whether a rule is about everything below a prefix: no tag, no size, no longer prefix."""
    chosen = section(rule, "Filter")
    if set(chosen) - {"Prefix"}:
        return False
    own = text(chosen, "Prefix") or text(rule, "Prefix")
    return prefix.startswith(own)
