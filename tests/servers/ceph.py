"""A Ceph RADOS Gateway: a real and strict S3 service, from Debian's packages, without systemd.

One monitor, one OSD that keeps its objects in memory, one gateway, all in a temporary directory,
on free loopback ports, and killed at the end. The gateway insists on cephx, so there is a keyring.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from multistore.stores.endpoint import Profile
from tests.servers.required import absent
from tests.servers.s3 import S3Server

PACKAGES = ("ceph-common", "ceph-mon", "ceph-osd", "radosgw")
COMMANDS = (
    "ceph-mon",
    "ceph-osd",
    "radosgw",
    "radosgw-admin",
    "ceph",
    "ceph-authtool",
    "monmaptool",
    "setpriv",
)
START_SECONDS = 90
REGION = "jp-test-1"

# What Ceph 16 does: measured, and asserted by tests/stores/test_ceph.py.
PROFILE = Profile(
    conditional_create=False,
    conditional_update=False,
    versions=True,
    object_lock=True,
    rules=True,
    suffix_range=True,
    unequal_parts=True,
)


def missing():
    """Return the commands that are not installed."""
    return [command for command in COMMANDS if shutil.which(command) is None]


def free_port():
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """The three daemons and their directory."""

    def __init__(self, home, stack):
        self.home = Path(home)
        self.conf = self.home / "ceph.conf"
        self.mon_port = free_port()
        self.url = f"http://127.0.0.1:{free_port()}"
        self._stack = stack

    def run(self, *command, seconds=60):
        """Run one of Ceph's commands to its end, and return what it printed."""
        done = subprocess.run(
            [*command[:1], "-c", str(self.conf), *command[1:]],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
        return done.stdout

    def daemon(self, *command):
        """Start a daemon in the foreground, to be killed with the stack."""
        log = self._stack.enter_context((self.home / f"{command[0]}.out").open("wb"))
        # Also where the test run itself is killed, the kernel ends its daemons.
        tied = ["setpriv", "--pdeathsig", "KILL"]
        process = subprocess.Popen(
            [*tied, command[0], "-f", "-c", str(self.conf), *command[1:]],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

        def stop():
            process.kill()
            process.wait()

        self._stack.callback(stop)
        return process

    def configure(self, fsid):
        """Write the configuration; every path lies in the cluster's own directory."""
        home = self.home
        for name in ("mon", "osd", "run"):
            (home / name).mkdir()
        self.conf.write_text(
            f"""
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{self.mon_port}
ms_bind_msgr1 = false
public_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = {home}/keyring
run_dir = {home}/run
pid_file =
admin_socket =
log_file = {home}/$name.log
crash_dir = {home}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 0
mon_data_avail_warn = 0

[mon.a]
mon_data = {home}/mon

[osd.0]
osd_data = {home}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_memory_target = 939524096

[client.admin]
rgw_data = {home}/run
rgw_run_sync_thread = false
rgw_enable_usage_log = false
rgw_lc_debug_interval = 10
""",
            encoding="utf-8",
        )

    def found(self, fsid):
        """Make the keyring, the monitor's store and the OSD's store."""
        keyring = self.home / "keyring"
        self.run(
            *("ceph-authtool", "--create-keyring", str(keyring), "--gen-key", "-n", "mon."),
            *("--cap", "mon", "allow *"),
        )
        for name, caps in (
            ("client.admin", ("mon", "osd", "mgr")),
            ("osd.0", ("mon", "osd")),
        ):
            allowed = [part for cap in caps for part in ("--cap", cap, "allow *")]
            self.run("ceph-authtool", str(keyring), "--gen-key", "-n", name, *allowed)
        monmap = self.home / "monmap"
        address = f"[v2:127.0.0.1:{self.mon_port}]"
        self.run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, str(monmap))
        self.run(
            "ceph-mon", "--mkfs", "-i", "a", "--monmap", str(monmap), "--keyring", str(keyring)
        )

    def start(self):
        """Start the three daemons and make one user; return the user's two keys."""
        fsid = str(uuid.uuid4())
        self.configure(fsid)
        self.found(fsid)
        self.daemon("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd, "0")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self.run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default")
        self.daemon("ceph-osd", "-i", "0")
        gateway = self.daemon(
            *("radosgw", "-n", "client.admin", "--rgw-frontends"),
            f"beast endpoint={self.url.removeprefix('http://')}",
        )
        self._answers(gateway)
        user = json.loads(
            self.run(
                "radosgw-admin",
                "-n",
                "client.admin",
                "user",
                "create",
                "--uid=t",
                "--display-name=t",
            )
        )
        return user["keys"][0]["access_key"], user["keys"][0]["secret_key"]

    def _answers(self, gateway):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if gateway.poll() is not None:
                raise RuntimeError(f"radosgw ended with {gateway.returncode}")
            try:
                with urllib.request.urlopen(self.url, timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"radosgw does not answer after {START_SECONDS} seconds")


@contextmanager
def running():
    """Run a cluster and its gateway; everything is gone afterwards, whatever happens."""
    with ExitStack() as stack:
        # Short: the names of Ceph's sockets must fit into 107 bytes.
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="ceph-", ignore_cleanup_errors=True)
        )
        cluster = Cluster(home, stack)
        access, secret = cluster.start()
        yield S3Server(cluster.url, REGION, access, secret, PROFILE)


@pytest.fixture(scope="session")
def ceph_server():
    """Run a Ceph gateway for the whole session."""
    if gone := missing():
        absent("ceph", f"{', '.join(gone)} not found: apt-get install {' '.join(PACKAGES)}")
    with running() as server:
        yield server
