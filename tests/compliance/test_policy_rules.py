"""What a bucket policy must deny, and whom it must not let in."""

from __future__ import annotations

import pytest

from multistore.compliance.model import Status
from tests.compliance.bucket_answers import (
    ACCOUNT,
    BUCKET,
    allow,
    policy,
    seen,
    statuses,
    tls_only,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/one"}},
        {"Action": "s3:PutObject"},
        {"Resource": [f"arn:aws:s3:::{BUCKET}/*"]},
        {"Resource": [f"arn:aws:s3:::{BUCKET}"]},
        {"Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/private/*"]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {
            "Condition": {
                "Bool": {"aws:SecureTransport": "false"},
                "StringEquals": {"aws:PrincipalArn": "x"},
            }
        },
    ],
    ids=str,
)
def test_a_gap_in_the_denial_of_plain_http_is_a_failure(changes):
    assert statuses(seen({"GetBucketPolicy": policy(tls_only(**changes))}), "ENC-004") == {
        Status.FAIL
    }


def test_two_statements_may_deny_plain_http_together():
    both = [
        tls_only(Resource=f"arn:aws:s3:::{BUCKET}"),
        tls_only(Resource=f"arn:aws:s3:::{BUCKET}/*", Principal={"AWS": "*"}, Action=["s3:*"]),
    ]
    assert statuses(seen({"GetBucketPolicy": policy(*both)}), "ENC-004") == {Status.PASS}


@pytest.mark.parametrize(
    "principal",
    [{"AWS": ACCOUNT}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}, {"Service": "x.amazonaws.com"}],
    ids=str,
)
def test_this_account_is_no_stranger(principal):
    about = seen({"GetBucketPolicy": policy(tls_only(), allow(principal))})
    assert statuses(about, "RES-021") == {Status.PASS}


def test_without_the_accounts_number_a_policy_that_allows_is_unknown():
    silent = {"aws-account:default": {"sts:GetCallerIdentity": None}}
    allowed = {"GetBucketPolicy": policy(allow({"AWS": ACCOUNT}))}
    assert statuses(seen(allowed, around=silent), "RES-021") == {Status.UNKNOWN}
