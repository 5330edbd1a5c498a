"""Whether an answer of S3 has the form of one to its question. Pure.

A service that does not know a subresource may answer 200 with anything: with a page, with nothing,
or with the answer to another question, and botocore makes "nothing is configured" of all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.collect.asking import ODD, root
from multistore.compliance.collect.xml_words import name, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.compliance.model import Answer

# What an answer always has in it where something is configured; an answer of a service that
# does not know the question has it not, whatever else it has.
_HAS: Mapping[str, str] = {
    "GetBucketReplication": "ReplicationConfiguration",
    "GetBucketLifecycleConfiguration": "Rules",
    "GetObjectLockConfiguration": "ObjectLockConfiguration",
    "GetBucketEncryption": "ServerSideEncryptionConfiguration",
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "GetBucketPolicy": "Policy",
    "GetBucketPolicyStatus": "PolicyStatus",
    "GetBucketAcl": "Owner",
    "GetObjectAcl": "Owner",
    "GetBucketOwnershipControls": "OwnershipControls",
    "GetBucketCors": "CORSRules",
}
# The lists that are there even where they are empty.
_LISTED: Mapping[str, str] = {
    "GetBucketAcl": "Grants",
    "GetObjectAcl": "Grants",
    "ListBuckets": "Buckets",
}
# The answers that may be empty, or have no part for certain: a word of their outermost element.
# The whole name differs: moto and Ceph have names of their own for some.
_ROOT_WORDS: Mapping[str, str] = {
    "GetBucketVersioning": "Versioning",
    "GetBucketWebsite": "Website",
    "GetBucketTagging": "Tagging",
    "GetBucketMetadataConfiguration": "Metadata",
    "ListMultipartUploads": "Uploads",
    "ListObjectVersions": "Versions",
    "GetBucketLogging": "Logging",
    "GetBucketNotificationConfiguration": "Notification",
    "GetBucketAccelerateConfiguration": "Accelerate",
    "ListBucketInventoryConfigurations": "Inventory",
    "ListBucketAnalyticsConfigurations": "Analytics",
    "GetBucketAcl": "AccessControl",
    "GetObjectAcl": "AccessControl",
    "ListBuckets": "Buckets",
}
# What a page holds that is not the last one: a page of nothing proves nothing.
_PAGES: Mapping[str, tuple[str, ...]] = {
    "ListObjectVersions": ("Versions", "DeleteMarkers"),
    "ListMultipartUploads": ("Uploads",),
}


def as_documented(answer: Answer, body: bytes, kind: str) -> Answer:
    """Return an answer that has the documented form, or the record that it has another.

    Args:
        answer: what was made of it.
        body: as it came.
        kind: of the resource: other services than AWS's answer some questions in their own way.
    """
    if answer.status != "read":
        return answer
    if not _is_an_answer(answer, root(body), kind):
        return _odd(answer)
    if answer.call == "GetBucketLifecycleConfiguration":
        return _with_every_filter(answer, body)
    return answer


def _odd(answer: Answer) -> Answer:
    return replace(answer, status="unreadable", value={}, why=ODD)


def _is_an_answer(answer: Answer, outermost: str | None, kind: str) -> bool:
    call, value = answer.call, answer.value
    key, listed, word = _HAS.get(call), _LISTED.get(call), _ROOT_WORDS.get(call)
    # botocore gives an empty part for an answer that has nothing of it.
    if key is not None and not value.get(key):
        return False
    if listed is not None and listed not in value:
        return False
    if word is not None and word not in (outermost or ""):
        return False
    if call in _PAGES and value.get("IsTruncated"):
        return any(value.get(part) for part in _PAGES[call])
    return call != "GetBucketReplication" or _replicates(value[_HAS[call]], kind)


def _replicates(configuration: Mapping[str, Any], kind: str) -> bool:
    """Whether a configuration has rules, which S3 requires of every one.

    A Ceph gateway says with an empty role and no rule that nothing is configured: measured with
    Ceph 16.
    """
    nothing = kind != "s3-bucket" and not configuration.get("Role")
    return bool(configuration.get("Rules")) or nothing


def _with_every_filter(answer: Answer, body: bytes) -> Answer:
    """Put back the conditions of the rules' filters that botocore does not know and drops."""
    tree = parsed(body)
    rules: list[dict[str, Any]] = answer.value["Rules"]
    written = [part for part in tree if name(part) == "Rule"] if tree is not None else []
    if len(written) != len(rules):
        return _odd(answer)
    whole: list[dict[str, Any]] = []
    for rule, element in zip(rules, written, strict=True):
        filters = [part for part in element if name(part) == "Filter"]
        said = {name(part): part.text for chosen in filters for part in chosen}
        narrowed: dict[str, Any] = {**said, **(rule.get("Filter") or {})}
        whole.append({**rule, "Filter": narrowed} if filters else rule)
    return replace(answer, value={**answer.value, "Rules": whole})
