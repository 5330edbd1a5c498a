"""Times in answers are read as botocore reads them, only faster."""

from __future__ import annotations

import botocore.utils
import pytest

from multistore.stores.s3.client import moment


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-24T08:21:13.123Z",
        "2026-11-24T08:21:13Z",
        "2026-11-24T08:21:13.123456789Z",
        "2026-11-24T17:21:13+09:00",
        "Tue, 24 Nov 2026 08:21:13 GMT",
        "1795508473",
        1795508473,
        1795508473.25,
    ],
)
def test_a_time_is_the_same_by_both(told):
    ours, theirs = moment(told), botocore.utils.parse_timestamp(told)
    assert ours.utcoffset() is not None
    assert abs(ours - theirs).total_seconds() < 1e-6


@pytest.mark.parametrize("told", ["", "yesterday", None])
def test_what_is_no_time_is_an_error_by_both(told):
    for read in (moment, botocore.utils.parse_timestamp):
        with pytest.raises((ValueError, TypeError, RuntimeError)):
            read(told)


@pytest.mark.s3
def test_the_client_reads_by_it(moto_server, s3_credentials, monkeypatch):
    from multistore.stores.s3 import client as s3_client

    endpoint = moto_server.endpoint()
    client = s3_client.fresh(endpoint, s3_credentials(moto_server), 1)
    factory = client.client._endpoint._response_parser_factory
    assert factory._defaults["timestamp_parser"] is moment
    client.client.close()
