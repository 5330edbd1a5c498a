"""Where a bucket's configuration leads: replicas, inventories, exports, access logs. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.compliance.answers import entries, section, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.model import Answer


@dataclass(frozen=True, slots=True)
class Way:
    """One bucket that another one's configuration names.

    Attributes:
        bucket: its plain name.
        kind: ``replication``, ``inventory``, ``analytics``, ``log``.
        account: the account that it is said to belong to, where the configuration says so.
    """

    bucket: str
    kind: str
    account: str | None = None


def plain_name(bucket: str) -> str:
    """Return a bucket's own name from its ARN, or as it is."""
    return bucket.rpartition(":")[2]


def replication_rules(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rules that are switched on, of an answer to GetBucketReplication."""
    rules = entries(value, "ReplicationConfiguration", "Rules")
    return [rule for rule in rules if rule.get("Status") == "Enabled"]


def ways(answers: Mapping[str, Answer]) -> Iterator[Way]:
    """Give every bucket that a bucket's answers name, each once per kind."""
    seen: set[Way] = set()
    for way in _all(answers):
        if way.bucket and way not in seen:
            seen.add(way)
            yield way


def _all(answers: Mapping[str, Answer]) -> Iterator[Way]:
    for rule in replication_rules(_value(answers, "GetBucketReplication")):
        yield _way(section(rule, "Destination"), "replication", "Account")
    listed = _value(answers, "ListBucketInventoryConfigurations")
    for entry in entries(listed, "InventoryConfigurationList"):
        if entry.get("IsEnabled"):
            to = section(entry, "Destination", "S3BucketDestination")
            yield _way(to, "inventory", "AccountId")
    listed = _value(answers, "ListBucketAnalyticsConfigurations")
    for entry in entries(listed, "AnalyticsConfigurationList"):
        export = section(entry, "StorageClassAnalysis", "DataExport")
        to = section(export, "Destination", "S3BucketDestination")
        yield _way(to, "analytics", "BucketAccountId")
    logging = section(_value(answers, "GetBucketLogging"), "LoggingEnabled")
    yield Way(text(logging, "TargetBucket"), "log")


def _way(to: Mapping[str, Any], kind: str, account: str) -> Way:
    return Way(plain_name(text(to, "Bucket")), kind, text(to, account) or None)


def _value(answers: Mapping[str, Answer], call: str) -> Mapping[str, Any]:
    found = answers.get(call)
    return found.value if found is not None and found.status == "read" else {}
