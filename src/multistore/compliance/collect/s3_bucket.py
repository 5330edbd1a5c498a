"""What an S3 bucket's own subresources say, and where they lead. One GET or HEAD per call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from multistore.compliance.collect import Collector
from multistore.compliance.collect.leads import leads
from multistore.compliance.collect.reader import CANARY
from multistore.compliance.collect.s3_forms import as_documented
from multistore.compliance.collect.s3_samples import counted_uploads, counted_versions, sampled
from multistore.compliance.collect.s3_ways import ways
from multistore.compliance.model import Copy, Resource
from multistore.residency.ranges import REGIONS_IN_JAPAN
from multistore.stores.base import Placement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from multistore.compliance.collect.reader import Reader
    from multistore.compliance.model import Answer

KINDS = ("s3-bucket", "s3-compatible-bucket")

# By which code each call says that nothing is configured (Amazon S3 API reference).
ABSENT: Mapping[str, tuple[str, ...]] = {
    "GetBucketReplication": ("ReplicationConfigurationNotFoundError",),
    "GetBucketVersioning": (),
    "GetBucketLifecycleConfiguration": ("NoSuchLifecycleConfiguration",),
    "GetObjectLockConfiguration": ("ObjectLockConfigurationNotFoundError",),
    "GetBucketEncryption": ("ServerSideEncryptionConfigurationNotFoundError",),
    "GetPublicAccessBlock": ("NoSuchPublicAccessBlockConfiguration",),
    "GetBucketPolicy": ("NoSuchBucketPolicy",),
    "GetBucketPolicyStatus": ("NoSuchBucketPolicy",),
    "GetBucketAcl": (),
    "GetBucketOwnershipControls": ("OwnershipControlsNotFoundError",),
    "GetBucketCors": ("NoSuchCORSConfiguration",),
    "GetBucketWebsite": ("NoSuchWebsiteConfiguration",),
    "GetBucketLogging": (),
    "GetBucketNotificationConfiguration": (),
    "GetBucketTagging": ("NoSuchTagSet", "NoSuchTagSetError"),
    "GetBucketAccelerateConfiguration": (),
    "ListBucketInventoryConfigurations": ("NoSuchConfiguration",),
    "ListBucketAnalyticsConfigurations": ("NoSuchConfiguration",),
    "GetBucketMetadataConfiguration": ("MetadataConfigurationNotFound",),
    "ListMultipartUploads": (),
    "ListObjectVersions": (),
}
OF_TARGETS = tuple(ABSENT)[:5]
"""What is asked of a bucket to which only a copy led."""

# S3 services besides AWS's know none of these.
AWS_ONLY = frozenset({"GetBucketAccelerateConfiguration", "GetBucketMetadataConfiguration"})
_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "ListObjectVersions": {"MaxKeys": 1000},
    "ListMultipartUploads": {"MaxUploads": 1000},
}
_LISTS = {
    "ListBucketInventoryConfigurations": "InventoryConfigurationList",
    "ListBucketAnalyticsConfigurations": "AnalyticsConfigurationList",
}
_PAGES_AT_MOST = 100
_COUNTED = {"ListObjectVersions": counted_versions, "ListMultipartUploads": counted_uploads}
_PLACE_HEADERS = {
    "BucketRegion": "x-amz-bucket-region",
    "BucketLocationType": "x-amz-bucket-location-type",
    "BucketLocationName": "x-amz-bucket-location-name",
}
# GetBucketLocation's two historical spellings (Amazon S3 API reference).
_OLD_NAMES = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}


def bucket(resource: Resource, reader: Reader) -> Iterator[Answer | Resource | Copy | Placement]:
    """Read a bucket. Cost: one request per call above, and a few for samples.

    HeadBucket comes first: its header names the region, whose endpoint alone knows the rest.
    """
    aws, target = resource.kind == "s3-bucket", resource.role == "target"
    head = head_bucket(resource, reader)
    yield head
    region = head.value.get("BucketRegion")
    if region is None:
        located = reader.ask(reader.s3(resource), "GetBucketLocation", resource, **_of(resource))
        yield located
        if located.status == "read" and aws:
            told = located.value.get("LocationConstraint")
            region = _OLD_NAMES.get(told, told)
    if region is not None and region != resource.region:
        yield replace(resource, region=region)
    client = reader.s3(resource, region=region if aws else None)
    answers: dict[str, Answer] = {}
    for call in OF_TARGETS if target else ABSENT:
        if aws or call not in AWS_ONLY:
            answers[call] = _ask(call, resource, reader, client)
            yield _COUNTED.get(call, _as_it_is)(answers[call])
    if not target:
        yield _canary(resource, reader, client)
        locked = answers["GetObjectLockConfiguration"].status == "read"
        yield from sampled(resource, reader, client, answers["ListObjectVersions"], locked=locked)
    replicas: list[str] = []
    for copy, other in _led_to(resource, reader, answers):
        if copy.kind == "replication":
            replicas.append(copy.region or "unknown")
        yield copy
        yield other
    yield from leads(replace(resource, region=region or resource.region), answers)
    if resource.store is not None and head.status == "read":
        told = answers["GetBucketReplication"].status
        known = None if told == "unreadable" else tuple(dict.fromkeys(replicas))
        yield _placement(head, region, known)


def head_bucket(resource: Resource, reader: Reader) -> Answer:
    """Ask HeadBucket, whose header names the region on a 301 or 403 too. Once per bucket.

    Source: botocore's own model of S3 says so, and prefers it over GetBucketLocation.
    """

    def ask() -> Answer:
        client = reader.s3(resource)
        answer = reader.ask(client, "HeadBucket", resource, **_of(resource))
        headers = reader.heard(client)
        value: dict[str, Any] = {
            name: headers[header] for name, header in _PLACE_HEADERS.items() if header in headers
        }
        if not value and answer.status != "read":
            return answer
        value["HTTPStatus"] = answer.http_status
        return replace(answer, status="read", value=value, why="")

    return reader.once(("HeadBucket", resource.id), ask)


def _of(resource: Resource) -> dict[str, Any]:
    return {"Bucket": resource.name}


def _as_it_is(answer: Answer) -> Answer:
    return answer


def _ask(call: str, resource: Resource, reader: Reader, client: Any) -> Answer:
    """Make one call, to the last page where it lists configurations."""
    parameters = {**_of(resource), **_LIMITS.get(call, {})}
    answer = reader.ask(client, call, resource, absent=ABSENT[call], **parameters)
    answer = as_documented(answer, reader.body(client), resource.kind)
    name, pages = _LISTS.get(call), 1
    while name and answer.status == "read" and answer.value.get("IsTruncated"):
        pages += 1
        token = answer.value.get("NextContinuationToken")
        if not token or pages > _PAGES_AT_MOST:
            return replace(answer, status="unreadable", value={}, why="TooManyPages")
        more = reader.ask(client, call, resource, ContinuationToken=token, **parameters)
        more = as_documented(more, reader.body(client), resource.kind)
        if more.status != "read":
            return more
        joined = [*answer.value.get(name, ()), *more.value.get(name, ())]
        answer = replace(more, value={**more.value, name: joined})
    return answer


def _canary(resource: Resource, reader: Reader, client: Any) -> Answer:
    """Ask once per endpoint for a subresource that nobody has heard of."""
    asked = reader.once(
        ("canary", str(client.meta.endpoint_url)),
        lambda: reader.ask(client, CANARY, resource, call="canary", **_of(resource)),
    )
    return replace(asked, resource=resource.id)


def _led_to(
    resource: Resource, reader: Reader, answers: Mapping[str, Answer]
) -> Iterator[tuple[Copy, Resource]]:
    """Follow what leads to other buckets; each is asked where it lies."""
    aws = resource.kind == "s3-bucket"
    for way in ways(answers):
        other = Resource(
            id=sibling(resource, way.bucket),
            kind=resource.kind,
            name=way.bucket,
            provider=resource.provider,
            role="account" if way.kind == "log" else "target",
            via=resource.via or resource.store,
        )
        region = head_bucket(other, reader).value.get("BucketRegion") if aws else None
        in_japan = None if region is None else region in REGIONS_IN_JAPAN["aws"]
        yield Copy(resource.id, other.id, way.kind, region, in_japan), replace(other, region=region)


def sibling(resource: Resource, name: str) -> str:
    """Return the id of another bucket at the same service."""
    return f"{resource.id.rpartition('/')[0]}/{name}"


def _placement(head: Answer, region: str | None, replicas: tuple[str, ...] | None) -> Placement:
    raw = {name: str(found) for name, found in head.value.items()}
    if head.provider_date:
        raw["date"] = head.provider_date
    return Placement(
        region=region,
        call="s3:HeadBucket" if "BucketRegion" in head.value else "s3:GetBucketLocation",
        location_type=head.value.get("BucketLocationType"),
        location_name=head.value.get("BucketLocationName"),
        replicas=replicas,
        request_id=head.request_id,
        raw=raw,
    )


COLLECTORS = (Collector(KINDS, bucket, targets=True),)
