"""moto as an S3 server on a free loopback port: lenient, quick, and in a process of its own.

Its own process: moto keeps every object in memory, and answers under a GIL that the code under
test should not share.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, replace

import boto3
import pytest
from botocore.config import Config

from multistore.stores.endpoint import Endpoint, Profile
from tests.servers.required import absent

# Written out by the child: the port that it got.
_SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
server.stop()
"""

ACCESS_KEY, SECRET_KEY = "AKIAMOTOMOTOMOTOMOTO", "moto-secret-key"
REGION = "ap-northeast-1"

PROFILE = Profile(
    sdk_checksums=False,
    conditional_create=True,
    conditional_update=True,
    versions=True,
    suffix_range=True,
    unequal_parts=True,
)


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 service that runs: its address, a client past every store, its dialect."""

    url: str
    region: str
    access_key: str
    secret_key: str
    profile: Profile
    provider: str = "s3-compatible"

    def client(self):
        """Return a plain boto3 client, for what the tests do behind a store's back."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

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
        client.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region}
        )
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


@pytest.fixture(scope="session")
def moto_server():
    """Run moto for the whole session."""
    try:
        import moto.server  # noqa: F401
    except ImportError as error:
        absent("s3", f"moto's server cannot be imported ({error}); pip install 'moto[server,s3]'")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        port = int(process.stdout.readline() or 0)
        if not port:
            absent("s3", "moto's server did not start")
        yield S3Server(f"http://127.0.0.1:{port}", REGION, ACCESS_KEY, SECRET_KEY, PROFILE)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.fixture
def s3_credentials(monkeypatch):
    """Put a server's keys where ``env:MSTEST`` finds them; return the function that does it."""

    def use(server):
        monkeypatch.setenv("MSTEST_ACCESS_KEY_ID", server.access_key)
        monkeypatch.setenv("MSTEST_SECRET_ACCESS_KEY", server.secret_key)
        return "env:MSTEST"

    return use
