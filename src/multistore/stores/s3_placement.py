"""Where S3 itself says that a bucket lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multistore.errors import MultistoreError
from multistore.stores.base import Placement
from multistore.stores.s3_answers import of_botocore, of_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.stores.s3_bucket import Bucket

# GetBucketLocation's two historical spellings (Amazon S3 API reference).
_OLD_NAMES = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
_HEADERS = ("x-amz-bucket-region", "x-amz-bucket-location-type", "x-amz-bucket-location-name")


class S3Placement:
    """Asks a bucket where it is."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def placement(self) -> Placement:
        """Ask HeadBucket, whose header is there for any caller, even on 301 and 403.

        GetBucketLocation is asked where the header is missing. Both are reads. Cost: one request,
        or two.

        Raises:
            MultistoreError: neither call says anything.
        """
        headers, request_id = self._head()
        region = headers.get("x-amz-bucket-region")
        if region:
            return Placement(
                region=region,
                call="s3:HeadBucket",
                location_type=headers.get("x-amz-bucket-location-type"),
                location_name=headers.get("x-amz-bucket-location-name"),
                request_id=request_id,
                raw={name: headers[name] for name in _HEADERS if name in headers},
            )
        answer = self._bucket.ask("get_bucket_location", operation="placement")
        told = answer.get("LocationConstraint")
        return Placement(
            region=_OLD_NAMES.get(told, told),
            call="s3:GetBucketLocation",
            request_id=answer.get("ResponseMetadata", {}).get("RequestId"),
            raw={"LocationConstraint": told or ""},
        )

    def _head(self) -> tuple[Mapping[str, str], str | None]:
        bucket, client = self._bucket, self._bucket.control().client
        try:
            with bucket.gate().requests():
                answer = of_response(client.head_bucket(Bucket=bucket.place.bucket))
        except MultistoreError:
            raise
        except Exception as error:  # noqa: BLE001 - refusals carry the header, too
            answer = of_botocore(error)
            if answer.status is None:
                translated = bucket.translated(error, operation="placement")
                raise translated from None
        return answer.headers, answer.request_id
