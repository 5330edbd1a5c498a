"""boto3's client for one endpoint, pinned: the control plane of an S3 store.

Everything that the environment or ~/.aws/config could change is set here: endpoint, region,
proxies, checksums, addressing, retries. Every request is held against ``Endpoint.check`` before
it leaves, in a ``before-send`` hook that runs before any other (*measured with boto3 1.44*: that
stops 301, 307 and 400 redirects, environment endpoints, ARNs and accelerate hosts).
boto3's own following of regions is switched off besides, so that a wrong region is reported as
one. The CRT transfer path, which skips the hook, is never used: no transfer manager is. The client
is made by botocore, from which boto3 has it, and which loads none.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config

from multistore.errors import ConfigurationError
from multistore.sdk_logs import withhold_secrets
from multistore.stores.resent import resent
from multistore.stores.s3 import exchange
from multistore.stores.s3.credentials import frozen, pinned, session
from multistore.stores.s3.pages import moment

if TYPE_CHECKING:
    import botocore.session
    from mypy_boto3_s3 import S3Client

    from multistore.stores.endpoint import Endpoint

SCOPE_WITHOUT_REGION = "us-east-1"
"""What a signature names where the provider has no region: a word, not a place; S3 needs one."""

CONNECT_SECONDS = 10
READ_SECONDS = 60
ATTEMPTS = 5


@dataclass(slots=True)
class Control:
    """One client and the session that its credentials come from."""

    client: S3Client
    source: botocore.session.Session
    users: int = 0


_lock = threading.Lock()
_controls: dict[tuple[int, Endpoint, str | None], Control] = {}


def _new_lock() -> None:
    global _lock  # noqa: PLW0603 - a lock that was held at the fork would stay so in the child
    _lock = threading.Lock()
    _controls.clear()


os.register_at_fork(after_in_child=_new_lock)


def region_of(endpoint: Endpoint) -> str:
    """Return the region that requests are signed for.

    Raises:
        ConfigurationError: AWS without a region; there is no default.
    """
    if endpoint.region:
        return endpoint.region
    if endpoint.provider == "aws":
        raise ConfigurationError(
            "AWS needs a region, and there is no default",
            provider="aws",
            hint='Write region = "ap-northeast-1" (Tokyo) or "ap-northeast-3" (Osaka).',
        )
    return SCOPE_WITHOUT_REGION


def control(endpoint: Endpoint, credentials: str | None, workers: int) -> Control:
    """Return this process's client for an endpoint and a credential; ``release`` it after use.

    A client costs tens of megabytes, so stores that name the same two share it.

    Raises:
        UnauthenticatedError: there are no such credentials.
    """
    key = (os.getpid(), endpoint, credentials)
    with _lock:
        held = _controls.get(key)
        if held is None:
            held = _controls[key] = fresh(endpoint, credentials, workers)
        held.users += 1
        return held


def release(endpoint: Endpoint, credentials: str | None) -> None:
    """Say that one user of the client is done; the last one closes its connections."""
    key = (os.getpid(), endpoint, credentials)
    with _lock:
        held = _controls.get(key)
        if held is None:
            return
        held.users -= 1
        if held.users == 0:
            del _controls[key]
            held.client.close()


def fresh(
    endpoint: Endpoint, credentials: str | None, workers: int, *, attempts: int = ATTEMPTS
) -> Control:
    """Make a pinned client that nobody else has; a request is tried ``attempts`` times."""
    withhold_secrets()
    source = session(credentials)
    frozen(source, credentials)
    makers: Any = pinned(source, credentials)
    makers.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
    client: S3Client = makers.create_client(
        "s3",
        endpoint_url=endpoint.url,
        region_name=region_of(endpoint),
        config=_config(endpoint, workers, attempts),
    )
    events = client.meta.events

    def pin(request: Any, **_: Any) -> None:
        endpoint.check(request.url)

    events.register_first("before-send.s3", pin)
    events.register("before-call.s3", _stay)
    exchange.register(events)
    events.register("before-parse.s3.GetBucketLifecycleConfiguration", _with_document)
    events.register("request-created.s3", _told_of_again)
    if not endpoint.profile.sdk_checksums:
        events.register("before-call.s3.DeleteObjects", with_md5)
    return Control(client, source)


def _config(endpoint: Endpoint, workers: int, attempts: int) -> Config:
    checksums = "when_supported" if endpoint.profile.sdk_checksums else "when_required"
    proxies = {} if endpoint.proxy is None else dict.fromkeys(("http", "https"), endpoint.proxy)
    secure = urlsplit(endpoint.url).scheme == "https"
    settings: dict[str, Any] = {
        "signature_version": "s3v4",
        "ignore_configured_endpoint_urls": True,
        "proxies": proxies,
        "use_dualstack_endpoint": False,
        "use_fips_endpoint": False,
        "inject_host_prefix": False,
        "request_checksum_calculation": checksums,
        "response_checksum_validation": checksums,
        "max_pool_connections": max(workers, 10),
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "retries": {"total_max_attempts": attempts, "mode": "standard"},
        "user_agent": "multistore",
        "s3": {
            "addressing_style": endpoint.profile.addressing,
            "use_accelerate_endpoint": False,
            "use_arn_region": False,
            "s3_disable_multiregion_access_points": True,
            "payload_signing_enabled": not secure,
            "us_east_1_regional_endpoint": "regional",
        },
    }
    return Config(**settings)


def _with_document(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Keep a document as the service sent it: botocore drops what it does not know."""
    customized_response_dict["Document"] = response_dict["body"]


def _stay(params: dict[str, Any], **_: Any) -> None:
    """Tell boto3's region redirector that it has done its work already."""
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def _told_of_again(request: Any, **_: Any) -> None:
    if request.context.get("retries", {}).get("attempt", 1) > 1:
        resent()


def with_md5(params: dict[str, Any], **_: Any) -> None:
    """Give a request the Content-MD5 that S3's API demands, in place of a CRC.

    botocore sends a CRC32 instead since 1.36, which many S3-compatible services do not know.
    """
    params["context"].pop("checksum", None)
    digest = hashlib.md5(params["body"], usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
