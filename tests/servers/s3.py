"""What every S3 server of the tests gives: its address, its dialect, and a way past the store."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import cache

import boto3
from botocore.config import Config

from multistore.stores.endpoint import Endpoint, Profile


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 service that runs: its address, a client past every store, its dialect."""

    url: str
    region: str
    access_key: str
    secret_key: str
    profile: Profile
    location: str | None = None
    provider: str = "s3-compatible"

    def __post_init__(self):
        """Make the client now: later a test may have an environment that spoils it for all."""
        self.client()

    def client(self):
        """Return a plain boto3 client, for what the tests do behind a store's back."""
        return _client(self)

    def endpoint(self, **changes):
        """Return the endpoint of this server; changes apply to its profile."""
        return Endpoint(
            provider=self.provider,
            url=self.url,
            region=self.region,
            hosts=frozenset({self.url.partition("://")[2]}),
            profile=replace(self.profile, **changes),
        )

    def bucket(self, *, versioned=False):
        """Make a bucket of its own and return its name."""
        name, client = f"test-{uuid.uuid4().hex[:16]}", self.client()
        located = {}
        if self.location is not None:
            located["CreateBucketConfiguration"] = {"LocationConstraint": self.location}
        client.create_bucket(Bucket=name, **located)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


@cache
def _client(server):
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
