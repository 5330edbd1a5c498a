"""obstore's client for one bucket, with every setting that the environment could decide."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from obstore.store import S3Store as ObstoreS3

from multistore.errors import ConfigurationError
from multistore.stores.s3.client import region_of
from multistore.stores.s3.credentials import Provider

if TYPE_CHECKING:
    from multistore.stores.endpoint import Endpoint
    from multistore.stores.s3.bucket import Bucket

# *Measured with obstore 0.12*: it reads these, and no argument can unset them again. The AWS SDKs
# do not know them, so nobody loses anything by their refusal.
_NOT_OVERRIDABLE = frozenset({"AWS_CHECKSUM_ALGORITHM", "AWS_SERVER_SIDE_ENCRYPTION"})


def connect(bucket: Bucket, client_options: dict[str, Any], retry: dict[str, Any]) -> Any:
    """Make obstore's client.

    Raises:
        ConfigurationError: a variable is set that would change what is sent, and that cannot
            be overruled.
        ResidencyError: the address that it would talk to is not among the endpoint's hosts.
    """
    refuse_environment()
    place = bucket.place
    url = address(place.endpoint, place.bucket)
    place.endpoint.check(url)
    region = region_of(place.endpoint)
    settings: dict[str, Any] = {
        "bucket": place.bucket,
        "endpoint": url,
        "aws_endpoint_url_s3": url,
        "region": region,
        "default_region": region,
        "virtual_hosted_style_request": place.endpoint.profile.addressing == "virtual",
        # GCM authenticates a sealed body, TLS the rest, and plain http stays on this machine.
        # *Measured*: hashing every body would cap a put at 1.6 GB/s.
        "unsigned_payload": True,
        "skip_signature": False,
        "s3_express": False,
        "imdsv1_fallback": False,
        "request_payer": False,
        "disable_tagging": True,
        "disable_bulk_delete": True,
        "conditional_put": "etag",
    }
    provider = Provider(bucket.control().source, place.credentials)
    try:
        return ObstoreS3(
            config=settings,  # type: ignore[arg-type]
            client_options=client_options,  # type: ignore[arg-type]
            retry_config=retry,  # type: ignore[arg-type]
            credential_provider=provider,  # type: ignore[arg-type]
        )
    except ValueError as error:
        raise ConfigurationError(f"obstore does not accept these settings: {error}") from None


def address(endpoint: Endpoint, bucket: str) -> str:
    """Return the URL that objects are below, as obstore wants it for each addressing."""
    if endpoint.profile.addressing == "path":
        return endpoint.url
    scheme, netloc, path, query, fragment = urlsplit(endpoint.url)
    return urlunsplit((scheme, f"{bucket}.{netloc}", path, query, fragment))


def refuse_environment() -> None:
    """Refuse variables that obstore obeys and that no argument overrules; see above."""
    found = sorted(name for name in os.environ if name.upper() in _NOT_OVERRIDABLE)
    if found:
        raise ConfigurationError(
            f"the environment variable {found[0]} would change every object that is written",
            code="NET-003",
            hint=f"Unset it: unset {found[0]}",
        )
