"""Where S3 itself says that a bucket lies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from multistore.errors import MultistoreError
from multistore.stores.base import Placement
from multistore.stores.s3.answers import of_botocore, of_response
from multistore.stores.s3.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

# GetBucketLocation's two historical spellings (Amazon S3 API reference).
_OLD_NAMES = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
_HEADERS = (
    "x-amz-bucket-region",
    "x-amz-bucket-location-type",
    "x-amz-bucket-location-name",
    "date",
)


class S3Placement:
    """Asks a bucket where it is."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def placement(self) -> Placement:
        """Ask HeadBucket, whose header is there for any caller, even on 301 and 403.

        GetBucketLocation is asked where the header is missing. At AWS the bucket's replication
        rules are read too, and each target is asked the same way. All are reads. Cost: one
        request; at AWS two, and one per target of a rule.

        Raises:
            MultistoreError: neither call says anything.
        """
        headers, request_id = _head(self._bucket, self._bucket.place.bucket)
        region = headers.get("x-amz-bucket-region")
        if region:
            return Placement(
                region=region,
                call="s3:HeadBucket",
                location_type=headers.get("x-amz-bucket-location-type"),
                location_name=headers.get("x-amz-bucket-location-name"),
                replicas=self._replicas(),
                request_id=request_id,
                raw={name: headers[name] for name in _HEADERS if name in headers},
            )
        answer = self._bucket.ask("get_bucket_location", operation="placement")
        told = answer.get("LocationConstraint")
        return Placement(
            region=_OLD_NAMES.get(told, told),
            call="s3:GetBucketLocation",
            replicas=self._replicas(),
            request_id=answer.get("ResponseMetadata", {}).get("RequestId"),
            raw={"LocationConstraint": told or ""},
        )

    def _replicas(self) -> tuple[str, ...] | None:
        """Where the replication rules that are switched on lead; None where we may not know."""
        if self._bucket.place.endpoint.provider != "aws":
            return ()  # another service's answer is worth nothing: CAP-001
        try:
            answer = self._bucket.ask("get_bucket_replication", operation="placement")
        except MultistoreError as error:
            none = error.code == "ReplicationConfigurationNotFoundError"
            return () if none else None
        rules = answer.get("ReplicationConfiguration", {}).get("Rules", [])
        targets = dict.fromkeys(
            rule.get("Destination", {}).get("Bucket", "").rpartition(":")[2]
            for rule in rules
            if rule.get("Status") == "Enabled"
        )
        if not targets:
            return ()
        place = self._bucket.place
        # Another bucket's own host is not pinned; by path the regional host answers for it.
        profile = replace(place.endpoint.profile, addressing="path")
        endpoint = replace(place.endpoint, profile=profile)
        asker = Bucket(replace(place, endpoint=endpoint), self._bucket.names)
        return tuple(dict.fromkeys(_region(asker, target) for target in targets))


def _region(asker: Bucket, target: str) -> str:
    try:
        headers, _ = _head(asker, target)
    except MultistoreError:
        return "unknown"
    return headers.get("x-amz-bucket-region") or "unknown"


def _head(bucket: Bucket, name: str) -> tuple[Mapping[str, str], str | None]:
    client = bucket.control().client
    try:
        with bucket.permits().requests():
            answer = of_response(client.head_bucket(Bucket=name))
    except MultistoreError:
        raise
    except Exception as error:  # noqa: BLE001 - refusals carry the header, too
        answer = of_botocore(error)
        if answer.status is None:
            translated = bucket.translated(error, operation="placement")
            raise translated from None
    return answer.headers, answer.request_id
