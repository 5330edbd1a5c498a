"""moto as an S3 server on a free loopback port: lenient, quick, and in a process of its own.

Its own process: moto keeps every object in memory, and answers under a GIL that the code under
test should not share.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from multistore.stores.endpoint import Profile
from tests.servers.required import absent
from tests.servers.s3 import S3Server

# What a check asks and moto has no service for, as AWS answers an account that has nothing of it:
# by target of the request, or by path. moto's own answer is a 500, and the SDK would wait and ask
# again. tests/compliance/test_account_rules.py holds these to botocore's model of each service.
AS_AWS = {
    "StorageGateway_20130630.ListFileShares": {"FileShareInfoList": []},
    "/listRegions": {
        "Regions": [
            {"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"}
            for name in ("ap-northeast-1", "ap-northeast-3", "us-east-1")
        ]
    },
}

# Written out by the child: the port that it got.
_SERVE = """
import json, sys
from moto.moto_server import threaded_moto_server
from moto.server import ThreadedMotoServer

as_aws = json.loads(sys.argv[1])


class Answering(threaded_moto_server.DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        told = as_aws.get(environ.get("HTTP_X_AMZ_TARGET") or environ["PATH_INFO"])
        if told is None:
            return super().__call__(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = json.dumps(told).encode()
        head = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", head)
        return [body]


threaded_moto_server.DomainDispatcherApplication = Answering
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
    conditional_delete=True,
    versions=True,
    object_lock=True,
    rules=True,
    suffix_range=True,
    unequal_parts=True,
)


@pytest.fixture(scope="session")
def moto_server():
    """Run moto for the whole session."""
    try:
        import moto.server  # noqa: F401
    except ImportError as error:
        absent("s3", f"moto's server cannot be imported ({error}); pip install 'moto[server,s3]'")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, json.dumps(AS_AWS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        port = int(process.stdout.readline() or 0)
        if not port:
            absent("s3", "moto's server did not start")
        yield S3Server(
            f"http://127.0.0.1:{port}", REGION, ACCESS_KEY, SECRET_KEY, PROFILE, location=REGION
        )
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
