"""The lifecycle rules of a bucket: ours merged into what is there, and all of it read back.

The configuration is one document, replaced as a whole by each write. boto3 would lose every element
that it does not know; so the service's own document is read, ours are put into its tree, and
the tree is sent. No rule is ever deleted by ``DELETE ?lifecycle``: a service that does not know
the word would delete the bucket (rule CAP-003). Where no rule is left, one stays that is
switched off.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

from multistore.errors import (
    ConflictError,
    InvalidArgumentError,
    MultistoreError,
    NotFoundError,
    UnsupportedError,
)
from multistore.stores.facets import OWN, Rule, Rules
from multistore.stores.s3.client import fresh, with_md5

if TYPE_CHECKING:
    from collections.abc import Sequence

    from multistore.stores.s3.bucket import Bucket

MOST = 1000
"""Rules in one bucket (Amazon S3 User Guide, "Setting an S3 Lifecycle configuration")."""

_NOTHING = f"{OWN}nothing"
_ROOT = "LifecycleConfiguration"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_DAYS = {
    "days": "Expiration/Days",
    "noncurrent_days": "NoncurrentVersionExpiration/NoncurrentDays",
    "newer_versions": "NoncurrentVersionExpiration/NewerNoncurrentVersions",
    "upload_days": "AbortIncompleteMultipartUpload/DaysAfterInitiation",
}
_SMALLEST = "TransitionDefaultMinimumObjectSize"


class S3Rules:
    """The rules facet of one bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def read(self) -> Rules:
        """See RulesFacet.read."""
        found, _ = self._read()
        return Rules(_own(found), _foreign(found))

    def replace(self, own: Sequence[Rule]) -> Rules:
        """See RulesFacet.replace."""
        found, options = self._read()
        strangers = [rule for rule in found if not _is_own(rule)]
        self._check(own, len(strangers))
        wanted = {rule.id: rule for rule in own}
        if {rule.id: rule for rule in _own(found)} == wanted:
            return Rules(_own(found), _foreign(found))
        root = ET.Element(_tag(found), {})
        root.extend(strangers)
        root.extend(_element(rule, root.tag) for rule in wanted.values())
        if not len(root):
            root.append(_element(Rule(_NOTHING, "multistore-nothing/", days=1), root.tag, on=False))
        self._write(ET.tostring(root, default_namespace=_namespace(root.tag)), options)
        after, _ = self._read()
        self._must_be_the_same(strangers, [rule for rule in after if not _is_own(rule)])
        kept = {rule.id: rule for rule in _own(after)}
        dropped = [
            f"{rule.id}: {field}"
            for rule in wanted.values()
            for field in ("prefix", *_DAYS)
            if getattr(rule, field) != getattr(kept.get(rule.id), field, None)
        ]
        return Rules(tuple(kept.values()), _foreign(after), tuple(dropped))

    def _read(self) -> tuple[list[ET.Element], dict[str, str]]:
        """Read the rules as they are, and what must go back with them."""
        try:
            answer = self._bucket.ask("get_bucket_lifecycle_configuration", operation="rules")
        except NotFoundError as error:
            if error.code == "NoSuchLifecycleConfiguration":
                return [], {}
            raise
        try:
            root = ET.fromstring(answer["Document"])  # noqa: S314 - expat stops entity bombs
        except ET.ParseError:
            raise self._unclear() from None
        if _local(root) != _ROOT:
            raise self._unclear()
        options = {_SMALLEST: answer[_SMALLEST]} if answer.get(_SMALLEST) else {}
        return [rule for rule in root if _local(rule) == "Rule"], options

    def _write(self, document: bytes, options: dict[str, str]) -> None:
        place = self._bucket.place
        client = fresh(place.endpoint, place.credentials, 1).client

        def send(params: dict[str, Any], **_: Any) -> None:
            params["body"] = document
            if not place.endpoint.profile.sdk_checksums:
                with_md5(params)

        client.meta.events.register_last("before-call.s3.PutBucketLifecycleConfiguration", send)
        try:
            with self._bucket.permits().requests():
                client.put_bucket_lifecycle_configuration(
                    Bucket=place.bucket,
                    LifecycleConfiguration={"Rules": []},
                    **options,  # type: ignore[arg-type]
                )
        except Exception as error:  # noqa: BLE001 - boto3 raises builtins as well
            translated = self._bucket.translated(error, operation="rules")
        else:
            return
        finally:
            client.close()
        raise translated

    def _check(self, own: Sequence[Rule], strangers: int) -> None:
        wrong = [rule.id for rule in own if not rule.id.startswith(OWN) or rule.id == _NOTHING]
        open_ended = [rule.id for rule in own if not rule.prefix.endswith("/")]
        if wrong or open_ended or len({rule.id for rule in own}) < len(own):
            raise InvalidArgumentError(
                f"these are no rules of ours, each with its own closed prefix: {wrong + open_ended}"
            )
        if len(own) + strangers > MOST:
            raise InvalidArgumentError(
                f"{len(own)} rules of ours and {strangers} others: a bucket has {MOST} at most",
                operation="rules",
                code="TooManyRules",
            )

    def _must_be_the_same(self, before: list[ET.Element], after: list[ET.Element]) -> None:
        told = [_shape(rule) for rule in after]
        lost = [_id(rule) for rule in before if _shape(rule) not in told]
        if lost or len(after) != len(before):
            raise self._bucket.located(
                ConflictError(
                    f"foreign lifecycle rules are not what they were before the write: {lost}",
                    operation="rules",
                    code="ForeignRulesChanged",
                    hint="Somebody else wrote at the same time, or the service dropped a field of "
                    "theirs: compare them with their owner.",
                )
            )

    def _unclear(self) -> MultistoreError:
        return self._bucket.located(
            UnsupportedError(
                "the service's answer is no list of lifecycle rules; nothing was written",
                operation="rules",
                hint="multistore probe finds out whether it knows them.",
            )
        )


def _element(rule: Rule, root: str, *, on: bool = True) -> ET.Element:
    space = root.removesuffix(_ROOT)
    made = ET.Element(f"{space}Rule")
    ET.SubElement(made, f"{space}ID").text = rule.id
    ET.SubElement(ET.SubElement(made, f"{space}Filter"), f"{space}Prefix").text = rule.prefix
    ET.SubElement(made, f"{space}Status").text = "Enabled" if on else "Disabled"
    for field, path in _DAYS.items():
        days = getattr(rule, field)
        if days is None:
            continue
        outer, inner = (f"{space}{name}" for name in path.split("/"))
        parent = made.find(outer)
        if parent is None:
            parent = ET.SubElement(made, outer)
        ET.SubElement(parent, inner).text = str(days)
    return made


def _rule(element: ET.Element) -> Rule:
    numbers = {
        field: int(told) if (told := _text(element, path)) and told.isdigit() else None
        for field, path in _DAYS.items()
    }
    prefix = _text(element, "Filter/Prefix") or _text(element, "Prefix") or ""
    return Rule(_id(element), prefix, **numbers)


def _own(found: list[ET.Element]) -> tuple[Rule, ...]:
    return tuple(_rule(one) for one in found if _is_own(one) and _id(one) != _NOTHING)


def _foreign(found: list[ET.Element]) -> tuple[str, ...]:
    return tuple(_id(one) for one in found if not _is_own(one))


def _is_own(element: ET.Element) -> bool:
    return _id(element).startswith(OWN)


def _id(element: ET.Element) -> str:
    return _text(element, "ID") or ""


def _text(element: ET.Element, path: str) -> str | None:
    found = element
    for name in path.split("/"):
        below = next((child for child in found if _local(child) == name), None)
        if below is None:
            return None
        found = below
    return (found.text or "").strip()


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _tag(found: list[ET.Element]) -> str:
    """Give the root's tag, in the namespace that the service uses itself."""
    space = found[0].tag.removesuffix("Rule") if found else f"{{{_NAMESPACE}}}"
    return f"{space}{_ROOT}"


def _namespace(tag: str) -> str | None:
    return tag[1:].partition("}")[0] if tag.startswith("{") else None


def _shape(element: ET.Element) -> tuple[Any, ...]:
    """Give what a rule says, whatever its namespace and the order of its elements."""
    text = (element.text or "").strip()
    return _local(element), text, tuple(sorted(_shape(child) for child in element))
