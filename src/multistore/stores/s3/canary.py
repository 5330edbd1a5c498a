"""Whether a service refuses a subresource that nobody has heard of.

*Measured*: Ceph 16, rclone and moto answer an unknown ``GET ?subresource`` with a listing of the
bucket, which boto3 reads as "nothing is configured"; and an unknown ``DELETE ?subresource`` deletes
the empty bucket. So every "nothing is configured" of such a service is worthless, and no DELETE
of a subresource may ever be sent to it (rules CAP-001 to CAP-003).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multistore.errors import MultistoreError
from multistore.stores.s3.client import fresh

if TYPE_CHECKING:
    from multistore.stores.s3.bucket import Bucket

_ROOT = re.compile(rb"<(?![?!])(?:\w+:)?(\w+)")


@dataclass(frozen=True, slots=True)
class Canary:
    """What the service answered.

    Attributes:
        root: the answer's outermost XML element, or None.
        status: the HTTP status.
        request_id: the service's.
    """

    root: str | None
    status: int | None
    request_id: str | None

    @property
    def fell_through(self) -> bool:
        """Whether the unknown was taken for something known; only a refusal shows that not."""
        return self.status is None or self.status < 400


def canary(bucket: Bucket) -> Canary:
    """Ask for a subresource with a random name. Cost: one GET, and a client of its own."""
    client = fresh(bucket.place.endpoint, bucket.place.credentials, 1).client
    seen: dict[str, Any] = {}

    def rename(params: dict[str, Any], **_: Any) -> None:
        name = f"multistore-{secrets.token_hex(8)}"
        params["url"] = params["url"].replace("?location", f"?{name}")

    def look(response_dict: dict[str, Any], **_: Any) -> None:
        found = _ROOT.search(response_dict["body"][:2000])
        seen["root"] = found[1].decode() if found else None
        seen["status"] = response_dict["status_code"]
        seen["request_id"] = response_dict["headers"].get("x-amz-request-id")

    client.meta.events.register_first("before-call.s3.GetBucketLocation", rename)
    client.meta.events.register_first("before-parse.s3.GetBucketLocation", look)
    try:
        with bucket.permits().requests():
            client.get_bucket_location(Bucket=bucket.place.bucket)
    except MultistoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a refusal is what is hoped for
        if not seen:
            translated = bucket.translated(error, operation="canary")
            raise translated from None
    finally:
        client.close()
    return Canary(seen.get("root"), seen.get("status"), seen.get("request_id"))
