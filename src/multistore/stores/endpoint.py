"""The one address that a networked store may talk to, and the check of every request.

Residency decides what an Endpoint says; the store's clients obey it: every request of every
SDK is held against ``hosts`` before it leaves (boto3: ``before-send``; azure-core: a per-retry
policy), so that no redirect, environment variable, ARN or SDK default takes a byte elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from multistore.errors import ResidencyError


@dataclass(frozen=True, slots=True)
class Profile:
    """How one provider's S3 dialect differs from AWS S3, from documents or a probe.

    Attributes:
        addressing: how the bucket is named: in the path or in the host.
        sdk_checksums: whether the SDK's default CRC checksums are understood.
        ascii_names: object names may only be ASCII letters, digits and a few signs.
        concurrency: requests in flight that the provider allows, or None.
        conditional_create: If-None-Match is honoured (documented or probed).
        conditional_update: If-Match on PUT is honoured (documented or probed).
        conditional_delete: If-Match on DELETE is honoured (documented or probed).
        server_copy: CopyObject and UploadPartCopy work.
        bulk_delete: DeleteObjects works.
        versions: bucket versioning exists.
        object_lock: locks and legal holds of single versions exist.
        rules: lifecycle rules of a bucket exist.
        suffix_range: a range counted from the end is answered, not ignored.
        unequal_parts: the parts of one upload may differ in size.
    """

    addressing: Literal["path", "virtual"] = "path"
    sdk_checksums: bool = False
    ascii_names: bool = False
    concurrency: int | None = None
    conditional_create: bool = False
    conditional_update: bool = False
    conditional_delete: bool = False
    server_copy: bool = True
    bulk_delete: bool = True
    versions: bool = False
    object_lock: bool = False
    rules: bool = False
    suffix_range: bool = False
    unequal_parts: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a store's requests go, and nowhere else.

    Attributes:
        provider: the provider's name in the catalogue.
        url: ``https://host[:port][/path]``; plain http only on loopback.
        region: the region that requests are signed for; None where the provider has none.
        hosts: every ``host`` or ``host:port`` a request may name.
        profile: the provider's dialect.
        proxy: the proxy that the configuration names, or None; the environment's is never used.
    """

    provider: str
    url: str
    region: str | None
    hosts: frozenset[str]
    profile: Profile = field(default_factory=Profile)
    proxy: str | None = field(default=None, repr=False)

    def check(self, url: str) -> None:
        """Hold the URL of one request against the pinned hosts.

        Raises:
            ResidencyError: another host, or another scheme than the endpoint's. The message
                names the host only: a URL may carry a signature.
        """
        asked, pinned = urlsplit(url), urlsplit(self.url)
        host = asked.netloc.rpartition("@")[2].lower()
        if asked.scheme == pinned.scheme and host in self.hosts:
            return
        raise ResidencyError(
            f"a request to {asked.scheme}://{host} was stopped: this store may only talk to "
            f"{', '.join(sorted(self.hosts))} over {pinned.scheme}",
            provider=self.provider,
            code="NET-001",
            hint="A redirect, an environment variable or a bucket name pointed elsewhere.",
        )
