"""Taking evidence from the real thing: sockets, certificates, resolvers, files, mounts."""

import socket
import ssl
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from multistore.errors import AccessDeniedError
from multistore.residency import mounts, observe, ranges
from multistore.residency.evidence import Kind
from multistore.stores.base import Placement
from tests.residency import seen
from tests.residency.certificates import Authority, serving, small_rsa, tls_server


@pytest.fixture(scope="module")
def authority():
    return Authority()


def judged(item):
    """What the rules make of a handshake that was really made."""
    evidence = seen.aws(seen.service("ap-northeast-1"), replace(item, taken=seen.NOW))
    return seen.judge(evidence)


def handshake(port, context, host="localhost", **more):
    return observe.handshake(host, port, context=context, timeout=5, **more)


# --- TLS -----


def test_a_sound_server(authority, tmp_path):
    with tls_server(authority.issue(tmp_path)) as port:
        item = handshake(port, authority.trusting())
    assert item.error is None
    assert item.value["version"] == "TLSv1.3"
    assert (item.value["key"], item.value["bits"]) == ("EC", 256)
    assert item.value["names"] == ["localhost"]
    assert item.value["issuer"] == "Test Trust K.K."
    assert item.value["subject"] == "Example K.K."
    assert item.value["signature_hash"] == "sha256"
    assert len(item.sha256) == 64
    assert judged(item).admitted


def test_an_rsa_key_of_2048_bits_and_tls_1_2(authority, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = authority.issue(tmp_path, key=key)
    with tls_server(pem, highest=ssl.TLSVersion.TLSv1_2) as port:
        item = handshake(port, authority.trusting())
    assert (item.value["version"], item.value["key"], item.value["bits"]) == (
        "TLSv1.2",
        "RSA",
        2048,
    )
    assert judged(item).admitted


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_a_server_that_speaks_only_an_old_version(authority, tmp_path):
    pem = authority.issue(tmp_path)
    versions = {"lowest": ssl.TLSVersion.TLSv1, "highest": ssl.TLSVersion.TLSv1_1}
    with tls_server(pem, **versions) as port:
        item = handshake(port, authority.trusting())
    assert item.value["failure"] == "rejected"
    assert judged(item).kind == "refused"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_an_old_version_that_was_spoken_is_refused_by_the_rule(authority, tmp_path):
    pem = authority.issue(tmp_path)
    versions = {"lowest": ssl.TLSVersion.TLSv1, "highest": ssl.TLSVersion.TLSv1_1}
    with tls_server(pem, **versions) as port:
        item = handshake(port, authority.trusting(weak=True))
    assert item.value["version"] == "TLSv1.1"
    assert "ENC-005" in judged(item).rules


def test_a_certificate_for_another_name(authority, tmp_path):
    with tls_server(authority.issue(tmp_path, names=("other.example.jp",))) as port:
        item = handshake(port, authority.trusting())
    assert item.value["failure"] == "rejected"
    assert "Hostname mismatch" in item.error
    assert judged(item).kind == "refused"


def test_a_small_rsa_key(authority, tmp_path):
    pem = authority.issue(tmp_path, key=small_rsa())
    with tls_server(pem) as port:
        strict = handshake(port, authority.trusting())
        lenient = handshake(port, authority.trusting(weak=True))
    assert judged(strict).kind == "refused"
    assert lenient.value["bits"] == 1024
    assert "ENC-005" in judged(lenient).rules


def test_an_authority_that_nobody_trusts(authority, tmp_path):
    with tls_server(authority.issue(tmp_path)) as port:
        item = observe.handshake("localhost", port, timeout=5)
    assert item.value["failure"] == "rejected"
    assert judged(item).kind == "refused"


def test_a_certificate_that_has_expired(authority, tmp_path):
    with tls_server(authority.issue(tmp_path, days=1)) as port:
        item = handshake(port, authority.trusting())
    assert "expired" in item.error
    assert judged(item).kind == "refused"


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    item = handshake(port, None)
    assert item.value["failure"] == "unreachable"
    assert judged(item).kind == "unknown"


def test_one_who_listens_and_says_nothing():
    quiet = threading.Event()
    with serving(lambda _: quiet.wait(5)) as port:
        item = observe.handshake("127.0.0.1", port, timeout=0.3)
        quiet.set()
    assert item.value["failure"] == "unreachable"


def test_one_who_speaks_plain_http():
    with serving(lambda c: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        item = handshake(port, None)
    assert item.value["failure"] == "rejected"


def test_through_a_named_proxy_by_connect(authority, tmp_path):
    asked = []

    def proxy(connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        asked.append(request.decode())
        connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as onward:
            back = threading.Thread(target=pump, args=(onward, connection), daemon=True)
            back.start()
            pump(connection, onward)
            back.join(5)

    with tls_server(authority.issue(tmp_path)) as port, serving(proxy) as door:
        item = handshake(port, authority.trusting(), proxy=f"http://user:p%40ss@127.0.0.1:{door}")
    assert item.error is None
    assert asked[0].startswith(f"CONNECT localhost:{port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" in asked[0]
    assert "p@ss" not in str(item.value)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b""])
def test_a_proxy_that_refuses(answer):
    def proxy(connection):
        connection.recv(4096)
        connection.sendall(answer)

    with serving(proxy) as door:
        item = handshake(443, None, proxy=f"http://127.0.0.1:{door}")
    assert item.value["failure"] == "unreachable"
    assert "proxy" in item.error


# --- addresses -----

RANGES = ranges.shipped()


def test_localhost_is_loopback():
    item = observe.resolve("localhost", RANGES, of="aws")
    assert {entry["where"] for entry in item.value["addresses"]} == {"loopback"}


ANSWERS = [
    ("aws", "52.219.0.1", "japan"),
    ("aws", "52.95.182.1", "japan"),
    ("aws", "8.8.8.8", "unlisted"),
    ("aws", "10.0.0.1", "private"),
    ("aws", "fd00::1", "private"),
    ("aws", "20.60.172.1", "unlisted"),
    ("azure", "20.60.172.1", "japan"),
    ("azure", "52.219.0.1", "unlisted"),
    (None, "52.219.0.1", "japan"),
    (None, "20.60.172.1", "japan"),
    (None, "8.8.8.8", "unlisted"),
]


@pytest.mark.parametrize(("operator", "address", "where"), ANSWERS)
def test_every_address_is_looked_up_in_its_operators_ranges(operator, address, where, monkeypatch):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = (family, socket.SOCK_STREAM, 6, "Alias.Example.JP", (address, 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [answer])
    item = observe.resolve("s3.example", RANGES, of=operator)
    (entry,) = item.value["addresses"]
    assert (entry["address"], entry["where"]) == (address, where)
    assert item.value["canonical"] == "alias.example.jp"
    assert ("operator" in entry) == (where == "japan")


def test_taipei_is_abroad_although_its_region_is_tokyo():
    (aws,) = (edition for edition in RANGES if edition.provider == "aws")
    taipei = [block for block in aws.blocks if block.group == "ap-northeast-1-tpe-1"]
    assert len(taipei) == 4
    for block in taipei:
        assert block.region == "ap-northeast-1"
        assert not aws.japanese(block)
        assert aws.abroad(block)
        found = aws.locate(next(iter(block.network)))
        assert found.group == "ap-northeast-1-tpe-1"


@pytest.mark.parametrize(("code", "absent"), [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False)])
def test_a_name_that_does_not_exist_is_not_one_that_could_not_be_asked(code, absent, monkeypatch):
    def fail(*_a, **_k):
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    item = observe.resolve("s3.example", RANGES, of="azure", kind=Kind.SECONDARY)
    assert item.value["absent"] is absent
    assert item.error == "no"


# --- ranges -----


def test_the_shipped_ranges_have_a_token_and_a_date():
    aws, azure = RANGES
    assert (aws.token, aws.dated) == ("1787411825", date(2026, 8, 22))
    assert (azure.token, azure.dated) == ("363", date(2025, 7, 1))
    for edition, regions in ((aws, 2), (azure, 2)):
        japan = {b.region for b in edition.blocks if edition.japanese(b)}
        assert len(japan) == regions
    assert any(block.group == "GLOBAL" for block in aws.blocks)
    assert not any(aws.japanese(block) for block in aws.blocks if block.group == "GLOBAL")


AWS_FILE = """{"syncToken": "1", "createDate": "2026-11-01-00-00-00",
 "prefixes": [
  {"ip_prefix": "192.0.2.0/24", "region": "ap-northeast-1", "service": "AMAZON",
   "network_border_group": "ap-northeast-1"},
  {"ip_prefix": "192.0.2.0/25", "region": "ap-northeast-1", "service": "S3",
   "network_border_group": "ap-northeast-1"},
  {"ip_prefix": "192.0.3.0/24", "region": "ap-northeast-1", "service": "S3",
   "network_border_group": "ap-northeast-1-tpe-1"},
  {"ip_prefix": "198.51.100.0/24", "region": "us-east-1", "service": "S3",
   "network_border_group": "us-east-1"}],
 "ipv6_prefixes": [
  {"ipv6_prefix": "2001:db8::/32", "region": "ap-northeast-3", "service": "S3",
   "network_border_group": "ap-northeast-3"}]}"""
AZURE_FILE = """{"changeNumber": 400, "cloud": "Public", "values": [
 {"name": "Storage", "properties": {"region": "", "systemService": "AzureStorage",
  "addressPrefixes": ["203.0.113.0/24"]}},
 {"name": "Storage.JapanEast", "properties": {"region": "japaneast",
  "systemService": "AzureStorage", "addressPrefixes": ["203.0.113.0/25"]}},
 {"name": "Sql.JapanEast", "properties": {"region": "japaneast",
  "systemService": "AzureSQL", "addressPrefixes": ["203.0.113.128/25"]}}]}"""


def test_newer_files_replace_the_shipped_ones_in_the_operators_own_form(tmp_path):
    (tmp_path / "ip-ranges.json").write_text(AWS_FILE)
    (tmp_path / "ServiceTags_Public_20261103.json").write_text(AZURE_FILE)
    loaded = ranges.load(sorted(tmp_path.iterdir()))
    by_name = {edition.provider: edition for edition in loaded}
    aws, azure = by_name["aws"], by_name["azure"]
    assert aws.token == "1"
    assert (azure.token, azure.dated) == ("400", date(2026, 11, 3))
    from ipaddress import ip_address

    s3 = aws.locate(ip_address("192.0.2.1"))
    assert s3.service == "S3"
    assert aws.japanese(s3)
    amazon = aws.locate(ip_address("192.0.2.200"))
    assert not aws.japanese(amazon)
    assert not aws.abroad(amazon)
    assert aws.abroad(aws.locate(ip_address("198.51.100.1")))
    taipei = aws.locate(ip_address("192.0.3.1"))
    assert not aws.japanese(taipei)
    assert aws.abroad(taipei)
    assert aws.japanese(aws.locate(ip_address("2001:db8::1")))
    assert aws.locate(ip_address("203.0.113.1")) is None
    assert azure.japanese(azure.locate(ip_address("203.0.113.1")))
    assert azure.locate(ip_address("203.0.113.200")) is None


def test_an_older_file_does_not_replace_the_shipped_one(tmp_path):
    path = tmp_path / "ip-ranges.json"
    path.write_text(AWS_FILE.replace("2026-11-01", "2020-01-01"))
    assert {edition.token for edition in ranges.load([path])} == {"1787411825", "363"}


BROKEN = [
    ("x.json", "{}", "neither"),
    ("x.json", "not json", "damaged"),
    ("x.json", '{"prefixes": [{}], "syncToken": "1", "createDate": "2026-11-01"}', "damaged"),
    ("ServiceTags_Public.json", AZURE_FILE, "of which day"),
]


@pytest.mark.parametrize(("name", "text", "told"), BROKEN)
def test_a_file_of_ranges_that_cannot_be_used(name, text, told, tmp_path):
    from multistore.errors import ConfigurationError

    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        ranges.load([tmp_path / name])


# --- the service, documents, mounts -----


def test_the_services_word_is_recorded_with_its_request_id_and_digest():
    placement = Placement(
        region="ap-northeast-1", call="s3:HeadBucket", request_id="ABC", raw={"x": "y"}
    )
    (item,) = observe.ask(lambda: placement, call="s3:HeadBucket")
    assert (item.kind, item.call, item.request_id) == (Kind.SERVICE, "s3:HeadBucket", "ABC")
    assert item.value["region"] == "ap-northeast-1"
    assert len(item.sha256) == 64


def test_a_service_that_refuses_to_say_is_recorded_as_such():
    def refuse():
        raise AccessDeniedError("no", code="AccessDenied", status=403, request_id="R1")

    (item,) = observe.ask(refuse, call="s3:HeadBucket")
    assert item.error == "AccessDeniedError AccessDenied 403"
    assert (item.call, item.request_id) == ("s3:HeadBucket", "R1")
    assert seen.judge(seen.aws(replace(item, taken=seen.NOW))).rules == ("RES-001",)


def test_a_bug_in_a_store_is_not_taken_for_an_answer():
    with pytest.raises(ZeroDivisionError):
        observe.ask(lambda: 1 / 0, call="x")


@pytest.mark.parametrize("seconds", [-3600, 0, 120])
def test_the_clocks_are_compared_by_the_date_header(seconds):
    theirs = datetime.now(UTC) - timedelta(seconds=seconds)
    raw = {"Date": format_datetime(theirs, usegmt=True)}
    placement = Placement(region="ap-northeast-1", call="c", raw=raw)
    _, clock = observe.ask(lambda: placement, call="c")
    assert clock.kind is Kind.CLOCK
    assert clock.value["offset"] == pytest.approx(seconds, abs=1.0)


@pytest.mark.parametrize("raw", [{}, {"Date": "yesterday"}])
def test_without_a_date_the_clock_is_not_judged(raw):
    placement = Placement(region=None, call="c", raw=raw)
    assert len(observe.ask(lambda: placement, call="c")) == 1


def test_a_document_is_hashed(tmp_path):
    path = tmp_path / "c.pdf"
    path.write_bytes(b"abc")
    assert observe.document(path)["found"].startswith("ba7816bf")
    missing = observe.document(tmp_path / "absent.pdf")
    assert missing == {"found": None, "error": "No such file or directory"}
    assert observe.document(tmp_path)["found"] is None


MOUNTS = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw shared:1 - nfs4 nas:/export rw
31 22 0:41 / /srv/local rw - xfs /dev/sdb1 rw
32 22 0:42 / /mnt/s\\0403 rw - fuse.s3fs s3fs rw
33 22 0:43 / /win rw - cifs //nas/share rw
34 22 0:44 / /twice rw - ext4 /dev/sdc1 rw
35 22 0:45 / /twice rw - fuse.rclone remote: rw
36 22 0:46 / /ntfs rw - fuseblk /dev/sdd1 rw
37 22 0:47 / /host rw - 9p host rw
nonsense
"""
PLACES = [
    ("/data", "ext4", False),
    ("/srv", "nfs4", True),
    ("/srv/objects/not-there-yet", "nfs4", True),
    ("/srv/local/x", "xfs", False),
    ("/srvother", "ext4", False),
    ("/mnt/s 3/x", "fuse.s3fs", True),
    ("/win/x", "cifs", True),
    ("/twice/x", "fuse.rclone", True),
    ("/ntfs", "fuseblk", False),
    ("/host", "9p", True),
]


@pytest.mark.parametrize(("place", "kind", "elsewhere"), PLACES)
def test_a_mount_may_keep_its_bytes_elsewhere(place, kind, elsewhere, tmp_path):
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    from pathlib import Path

    assert mounts.filesystem(Path(place), table) == (kind, elsewhere)


def test_the_table_of_mounts_itself(tmp_path):
    kind, elsewhere = mounts.filesystem(tmp_path)
    assert kind
    assert not elsewhere
    assert mounts.filesystem(tmp_path, tmp_path / "absent") == (None, False)
    (tmp_path / "empty").write_text("")
    assert mounts.filesystem(tmp_path, tmp_path / "empty") == (None, True)


def test_a_symbolic_link_is_followed_to_where_the_bytes_lie(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path}/there rw - nfs x rw\n")
    assert mounts.filesystem(tmp_path / "link", table) == ("nfs", True)
