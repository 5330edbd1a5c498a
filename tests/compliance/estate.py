"""Buckets in order on a moto of their own, seen through a proxy that mends what moto lacks.

moto answers some subresources with a listing of the bucket, forgets that SSE-C is blocked, and
serves unsigned requests; the proxy answers these as AWS documents it. Everything else is moto's.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from multistore import config
from multistore.compliance.checker import check
from tests.compliance.bucket_answers import FLAGS, LIFECYCLE, LOG_LIFECYCLE, encryption, tls_only
from tests.servers import moto
from tests.servers.fault_proxy import Answer, FaultProxy

CREDENTIALS = "ESTATE"
REGION = "ap-northeast-1"
LOGS = "estate-logs"
DENIED = Answer(403, b"<Error><Code>AccessDenied</Code><Message>Denied</Message></Error>")
_NONE = b"<Error><Code>%s</Code><Message>none</Message></Error>"
_ENCRYPTED = (
    b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
    b"<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
    b"<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
    b"</Rule></ServerSideEncryptionConfiguration>"
)


def secure(name, **changes):
    """Deny plain http, in words that moto reads: principals are names to it, not "*" alone."""
    return tls_only(name, Principal={"AWS": "*"}, **changes)


_PRIVATE = (
    b"<AccessControlPolicy><Owner><ID>a</ID></Owner><AccessControlList/></AccessControlPolicy>"
)
_NO_TAGS = b"<Tagging><TagSet/></Tagging>"


def _of_an_object(request):
    return "/" in request.target.partition("?")[0].strip("/")


class Estate:
    """One account at moto, behind a proxy that may be told to deny."""

    def __init__(self, server, proxy):
        self.server, self.proxy = server, proxy
        self.buckets = []
        self.as_moto_is = set()  # buckets whose encryption moto itself answers for
        self.client = self._client("s3")

    def _client(self, service, region=REGION):
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=region,
            aws_access_key_id=self.server.access_key,
            aws_secret_access_key=self.server.secret_key,
            config=Config(s3={"addressing_style": "path"}, inject_host_prefix=False),
        )

    def block_account(self, **changes):
        control = self._client("s3control")

        def one_host(request, **_):  # the emulator has no name per account
            request.url = request.url.replace("//123456789012.", "//")

        control.meta.events.register_first("before-send", one_host)
        control.put_public_access_block(
            AccountId="123456789012",
            PublicAccessBlockConfiguration={**dict.fromkeys(FLAGS, True), **changes},
        )

    def bare(self, name, region=REGION, **more):
        """Make a bucket with nothing configured, anywhere."""
        if region != "us-east-1":
            more["CreateBucketConfiguration"] = {"LocationConstraint": region}
        self._client("s3", region).create_bucket(Bucket=name, **more)
        return name

    def bucket(self, name, *, logs=False):
        """Make a bucket that is in order."""
        s3 = self.client
        self.bare(name)
        rule = encryption()["ServerSideEncryptionConfiguration"]["Rules"][0]
        rule.pop("BlockedEncryptionTypes")
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        if logs:
            s3.put_bucket_acl(Bucket=name, ACL="log-delivery-write")
        else:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            s3.put_bucket_logging(
                Bucket=name,
                BucketLoggingStatus={
                    "LoggingEnabled": {"TargetBucket": LOGS, "TargetPrefix": f"{name}/"}
                },
            )
        self.lifecycle(name, LOG_LIFECYCLE if logs else LIFECYCLE)
        s3.put_bucket_ownership_controls(
            Bucket=name,
            OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        )
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, True)
        )
        self.policy(name, secure(name))
        self.buckets.append(name)
        return name

    def lifecycle(self, name, *rules):
        self.client.put_bucket_lifecycle_configuration(
            Bucket=name, LifecycleConfiguration={"Rules": list(rules)}
        )

    def policy(self, name, *statements):
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.client.put_bucket_policy(Bucket=name, Policy=text)

    def settings(self, *names, **more):
        """Return a configuration whose stores are these buckets, and the one for logs."""
        stores = {
            name: {
                "provider": "aws",
                "region": REGION,
                "endpoint": self.proxy.url,
                "bucket": name,
                "accepts": ["video", "access-log"],
                "credentials": f"env:{CREDENTIALS}",
            }
            for name in (*names, LOGS)
        }
        log = {"store": LOGS, "survives_tenant": True, "retention": "36 months"}
        raw = {
            "vault": {"ledger": "sqlite:///x.db", "keys": "local:keys/"},
            "stores": stores,
            "collections": {"video": {"store": names[0] if names else LOGS}, "access-log": log},
            **more,
        }
        return config.parse(raw, base=Path())

    def check(self, *names, **options):
        return check(self.settings(*names), **options)

    def deny(self, method, target, *, whole=False):
        """Deny requests whose target begins so, or has that path, before all else.

        It stays so until ``allow`` is given what this returns.
        """
        self.proxy.on(method, DENIED, times=None)
        order = self.proxy._orders.pop()
        order.matches = lambda r: (
            r.method == method
            and (r.target.split("?")[0] == target if whole else r.target.startswith(target))
        )
        self.proxy._orders.insert(0, order)
        return order

    def allow(self, order):
        """Take a denial back."""
        self.proxy._orders.remove(order)

    def mend(self):
        """Answer as AWS does what moto does not."""
        proxy = self.proxy
        empty = b"<%sResult><IsTruncated>false</IsTruncated></%sResult>"
        analytics = b"ListBucketAnalyticsConfigurations"
        as_aws = {
            "?analytics": Answer(200, empty % (analytics[:-1], analytics[:-1])),
            "?metadataConfiguration": Answer(404, _NONE % b"MetadataConfigurationNotFound"),
            "list-type=2&max-keys=1": DENIED,
            "/v20180820/jobs": Answer(200, b"<ListJobsResult><Jobs/></ListJobsResult>"),
            "/v20180820/accesspointforobjectlambda": Answer(
                200,
                b"<ListAccessPointsForObjectLambdaResult><ObjectLambdaAccessPointList/>"
                b"</ListAccessPointsForObjectLambdaResult>",
            ),
        }
        for part, answer in as_aws.items():
            proxy.on("GET", answer, containing=part, times=None)
        proxy.on("GET", Answer(200, _ENCRYPTED), times=None)
        proxy._orders[-1].matches = lambda r: (
            r.target.endswith("?encryption")
            and r.target.split("?")[0].strip("/") not in self.as_moto_is
        )
        # moto holds every denial of a policy against objects, whatever its condition.
        proxy.on("GET", Answer(200, _PRIVATE), containing="?acl&versionId=", times=None)
        proxy.on("GET", Answer(200, _NO_TAGS), times=None)
        proxy._orders[-1].matches = lambda r: _of_an_object(r) and "?tagging" in r.target
        proxy.on("HEAD", Answer(200), times=None)
        proxy._orders[-1].matches = lambda r: _of_an_object(r) and r.method == "HEAD"


@contextlib.contextmanager
def estate(*, mended=True):
    """Start moto and the proxy; the bucket for logs is there."""
    running = moto.moto_server.__wrapped__()
    server = next(running)
    where = urlsplit(server.url)
    try:
        with FaultProxy(where.hostname, where.port) as proxy:
            made = Estate(server, proxy)
            if mended:
                made.mend()
            made.block_account()
            made.bucket(LOGS, logs=True)
            yield made
    finally:
        running.close()
