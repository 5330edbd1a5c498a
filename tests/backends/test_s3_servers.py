"""What docs/backends.md says of the S3 servers in the tests, asked of the servers themselves.

A server that becomes stricter fails here, and the page and the suite can then promise more.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import botocore.auth
import pytest
import requests
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

SERVERS = {
    "moto": pytest.param("moto_server", marks=pytest.mark.s3, id="moto"),
    "ceph": pytest.param("ceph_server", marks=pytest.mark.ceph, id="ceph"),
}


def seen_by(**expected):
    """Run the test once per server, with what that server is known to do."""
    return pytest.mark.parametrize(
        ("server", "known"),
        [
            pytest.param(*SERVERS[name].values, known, marks=SERVERS[name].marks, id=name)
            for name, known in expected.items()
        ],
        indirect=["server"],
    )


@pytest.fixture
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def bucket(server):
    return server.bucket()


def answer(call, **arguments):
    """Return the status of a call, whether it succeeded or not."""
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def impostor(server, **changes):
    """Return a client that differs from the honest one by its secret or its region."""
    arguments = {
        "region_name": server.region,
        "aws_secret_access_key": server.secret_key,
        **changes,
    }
    return boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=server.access_key,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        **arguments,
    )


def signed(server, method, path):
    """Send one signed request as it stands, without a client's reading of the answer."""
    request = AWSRequest(method=method, url=f"{server.url}/{path}")
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    credentials = Credentials(server.access_key, server.secret_key)
    S3SigV4Auth(credentials, "s3", server.region).add_auth(request)
    return requests.request(method, request.url, headers=dict(request.headers), timeout=30)


@seen_by(moto=412, ceph=412)
def test_a_create_only_write_over_an_object(server, bucket, known):
    client = server.client()
    client.put_object(Bucket=bucket, Key="k", Body=b"first")
    write = {"Bucket": bucket, "Key": "k", "Body": b"second", "IfNoneMatch": "*"}
    assert answer(client.put_object, **write) == known
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


@seen_by(moto=412, ceph=200)
def test_a_create_only_upload_in_parts_over_an_object(server, bucket, known):
    client = server.client()
    client.put_object(Bucket=bucket, Key="k", Body=b"first")
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    etag = client.upload_part(**upload, PartNumber=1, Body=b"second")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    complete = client.complete_multipart_upload
    assert answer(complete, **upload, MultipartUpload=parts, IfNoneMatch="*") == known
    stored = client.get_object(Bucket=bucket, Key="k")["Body"].read()
    assert stored == (b"first" if known == 412 else b"second")


@seen_by(moto=200, ceph=412)
def test_an_if_match_write_with_the_right_etag(server, bucket, known):
    client = server.client()
    etag = client.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"]
    write = {"Bucket": bucket, "Key": "k", "Body": b"second", "IfMatch": etag}
    assert answer(client.put_object, **write) == known


@seen_by(moto=200, ceph=403)
def test_a_wrong_secret(server, bucket, known):
    client = impostor(server, aws_secret_access_key="not the secret")
    assert answer(client.list_objects_v2, Bucket=bucket) == known


@seen_by(moto=200, ceph=200)
def test_a_signing_region_that_does_not_exist(server, bucket, known):
    assert answer(impostor(server, region_name="mars-1").list_objects_v2, Bucket=bucket) == known


@seen_by(moto={10: 200, 20: 200}, ceph={10: 200, 20: 403})
def test_a_clock_that_is_wrong(server, bucket, known, monkeypatch):
    for minutes, status in known.items():
        moved = datetime.now(UTC) - timedelta(minutes=minutes)
        monkeypatch.setattr(
            botocore.auth, "get_current_datetime", lambda moved=moved: moved.replace(tzinfo=None)
        )
        assert signed(server, "GET", f"{bucket}?list-type=2").status_code == status, minutes


@seen_by(moto="ap-northeast-1", ceph=None)
def test_where_head_bucket_says_that_it_is(server, bucket, known):
    assert server.client().head_bucket(Bucket=bucket).get("BucketRegion") == known


@seen_by(moto=b"ListBucketResult", ceph=b"ListBucketResult")
def test_an_unknown_subresource_is_answered_with_a_listing(server, bucket, known):
    reply = signed(server, "GET", f"{bucket}?x{uuid.uuid4().hex}")
    assert reply.status_code == 200
    assert known in reply.content


@seen_by(moto=404, ceph=404)
def test_deleting_an_unknown_subresource_deletes_the_empty_bucket(server, bucket, known):
    assert signed(server, "DELETE", f"{bucket}?x{uuid.uuid4().hex}").status_code == 204
    assert answer(server.client().head_bucket, Bucket=bucket) == known


@seen_by(moto=None, ceph=None)
def test_kept_generations_vanish_from_a_lifecycle_rule(server, bucket, known):
    rule = {
        "ID": "keep-one",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
    }
    client = server.client()
    client.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}
    )
    (stored,) = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert stored["NoncurrentVersionExpiration"].get("NewerNoncurrentVersions") == known


@seen_by(ceph=400)
def test_asking_for_encryption_over_plain_http(server, bucket, known):
    write = {"Bucket": bucket, "Key": "k", "Body": b"text", "ServerSideEncryption": "AES256"}
    assert answer(server.client().put_object, **write) == known


@seen_by(ceph=200)
def test_a_policy_that_demands_tls(server, bucket, known):
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    client = server.client()
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert server.url.startswith("http://")
    assert answer(client.put_object, Bucket=bucket, Key="k", Body=b"text") == known


@seen_by(moto=200, ceph=403)
def test_writing_where_public_acls_are_blocked(server, bucket, known):
    client = server.client()
    client.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True}
    )
    assert answer(client.put_object, Bucket=bucket, Key="k", Body=b"text") == known
