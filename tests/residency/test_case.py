"""The look itself: its order, where it stops, and whole stores from configuration to verdict."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from multistore import config
from multistore.residency import case, observe, pinning, ranges, verdict
from multistore.residency.catalog import Catalog
from multistore.residency.evidence import Evidence, Kind
from multistore.stores.base import Placement
from tests.residency.certificates import Authority, tls_server
from tests.residency.seen import address, addresses, tls

CATALOG = Catalog.load()
RANGES = ranges.shipped()
CLAIM = {
    "operator": "株式会社例",
    "prefecture": "岐阜県",
    "document": "contract.pdf",
}


def settings(base, store, **vault):
    return config.parse(
        {
            "vault": {"ledger": "sqlite://", "keys": "local:keys", **vault},
            "stores": {"x": {"accepts": ["video"], **store}},
            "collections": {"video": {"store": "x"}},
        },
        base=Path(base),
    )


def build(base, store, placement=None, environ=None, catalog=CATALOG, **vault):
    whole = settings(base, store, **vault)
    endpoint = None
    if store["provider"] not in ("local", "memory"):
        endpoint = pinning.endpoint(catalog, "x", whole.stores["x"], proxy=whole.vault.proxy)
    return case.build(
        "x",
        whole,
        catalog,
        endpoint,
        ranges=RANGES,
        environ={"HOME": str(base)} | (environ or {}),
        placement=placement,
    )


def judge(evidence):
    return verdict.judge(evidence, now=observe.now())


def kinds(evidence):
    return [item.kind for item in evidence.items]


def says(region="ap-northeast-1", **fields):
    return lambda: Placement(region=region, call="s3:HeadBucket", **fields)


def never():
    raise AssertionError("the service was asked")


@pytest.fixture
def network(monkeypatch):
    """Stands for the resolver and the handshake, and keeps what was asked of them."""
    asked = []

    def resolve(host, _ranges, *, of, kind=Kind.ADDRESSES):
        asked.append(("resolve", host))
        region = {"aws": "ap-northeast-1", "azure": "japaneast"}.get(of)
        found = address("52.219.0.1", "japan" if region else "unlisted", region)
        if kind is Kind.SECONDARY:
            return now(addresses(host, kind=kind, absent=True, error="unknown"))
        return now(addresses(host, found))

    def handshake(host, port, *, proxy=None, context=None):
        asked.append(("handshake", host, port, proxy))
        return now(tls(host))

    def now(item):
        return replace(item, taken=observe.now())

    monkeypatch.setattr(observe, "resolve", resolve)
    monkeypatch.setattr(observe, "handshake", handshake)
    return asked


AWS = {"provider": "aws", "region": "ap-northeast-1", "bucket": "classtream-prod"}
AZURE = {"provider": "azure", "region": "japaneast", "bucket": "video", "account": "acct1"}


def test_an_aws_store_from_configuration_to_verdict(network, tmp_path):
    evidence = case.collect(build(tmp_path, AWS, says(request_id="R1")))
    host = "s3.ap-northeast-1.amazonaws.com"
    assert network == [("resolve", host), ("handshake", host, 443, None)]
    assert kinds(evidence) == [
        Kind.ENVIRONMENT,
        Kind.ROW,
        Kind.ADDRESSES,
        Kind.TLS,
        Kind.SERVICE,
    ]
    assert evidence.complete
    found = judge(evidence)
    assert (found.kind, found.strength) == ("admitted", "service")
    assert "ap-northeast-1 (Tokyo)" in found.explain("en")
    assert judge(Evidence.from_json(evidence.to_json())).kind == "admitted"


def test_a_bucket_in_seoul(network, tmp_path):
    found = judge(case.collect(build(tmp_path, AWS, says("ap-northeast-2"))))
    assert found.kind == "refused"
    assert "Seoul (at wasabi it is Osaka)" in found.explain("en")


def test_a_store_that_cannot_say_where_it_is(network, tmp_path):
    found = judge(case.collect(build(tmp_path, AWS, None)))
    assert (found.kind, found.rules) == ("unknown", ("RES-001",))


def test_an_azure_store_from_configuration_to_verdict(network, tmp_path, monkeypatch):
    def account():
        return Placement(region=None, call="Get Account Information", redundancy="Standard_GRS")

    evidence = case.collect(build(tmp_path, AZURE, account))
    assert ("resolve", "acct1-secondary.blob.core.windows.net") in network
    found = judge(evidence)
    assert (found.kind, found.strength) == ("admitted", "network")


LISTED = {"provider": "sakura", "region": "jp-north-1", "bucket": "video"}


def test_a_listed_store_is_not_asked_where_it_is(network, tmp_path):
    evidence = case.collect(build(tmp_path, LISTED, never))
    found = judge(evidence)
    assert (found.kind, found.strength) == ("admitted", "table")
    assert "さくら" not in found.explain("en")
    assert evidence.of(Kind.ROW).value["confidence"] == "documented"


def test_local_and_memory_touch_no_network_and_no_environment(network, tmp_path):
    proxies = {"HTTPS_PROXY": "http://proxy.example.jp:1"}
    for store in ({"provider": "local", "path": str(tmp_path / "o")}, {"provider": "memory"}):
        evidence = case.collect(build(tmp_path, store, environ=proxies))
        found = judge(evidence)
        assert (found.kind, found.strength) == ("admitted", "machine")
        assert kinds(evidence) == [Kind.MACHINE]
    assert network == []
    assert not (tmp_path / "o").exists()


def test_a_relative_directory_is_relative_to_the_configuration(tmp_path):
    evidence = case.collect(build(tmp_path, {"provider": "local", "path": "objects"}))
    assert evidence.of(Kind.MACHINE).value["path"] == str(tmp_path / "objects")


# --- where the look stops -----

STOPS = [
    {"HTTPS_PROXY": "http://proxy.example.jp:1"},
    {"AWS_ENDPOINT_URL_S3": "https://elsewhere.example"},
    {"AWS_REGION": "us-east-1"},
    {"SSL_CERT_FILE": "/tmp/ca.pem"},
]


@pytest.mark.parametrize("environ", STOPS)
@pytest.mark.parametrize("store", [AWS, LISTED])
def test_the_environment_stops_the_look_before_any_name_is_resolved(
    environ, store, network, tmp_path
):
    evidence = case.collect(build(tmp_path, store, never, environ=environ))
    assert network == []
    assert not evidence.complete
    found = judge(evidence)
    assert found.kind == "refused"
    assert next(iter(environ)) in found.explain("en")
    assert next(iter(environ)) in found.explain("ja")


def test_the_environment_is_read_again_at_every_look(network, tmp_path):
    environ = {"HOME": str(tmp_path)}
    built = replace(build(tmp_path, AWS, says()), environ=environ)
    assert judge(case.collect(built)).admitted
    environ["AWS_ENDPOINT_URL"] = "https://elsewhere.example"
    assert judge(case.collect(built)).kind == "refused"


def test_a_profile_stops_the_look_too(network, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile prod]\nregion = us-east-1\n")
    clean = build(tmp_path, AWS, says())
    assert judge(case.collect(clean)).admitted
    chosen = build(tmp_path, AWS | {"credentials": "profile:prod"}, never)
    assert judge(case.collect(chosen)).rules == ("NET-004",)
    (tmp_path / ".aws" / "config").write_bytes(b"\xff\xfe")
    assert judge(case.collect(clean)).kind == "unknown"


def test_an_address_abroad_stops_the_look_before_the_handshake(network, tmp_path, monkeypatch):
    def resolve(host, *_a, **_k):
        return replace(addresses(host, address("1.2.3.4", "abroad", "us-east-1")))

    monkeypatch.setattr(observe, "resolve", resolve)
    evidence = case.collect(build(tmp_path, AWS, never))
    assert Kind.TLS not in kinds(evidence)
    assert network == []


def test_a_bad_certificate_stops_the_look_before_any_credential_is_used(
    network, tmp_path, monkeypatch
):
    def handshake(host, *_a, **_k):
        return tls(host, error="certificate has expired", failure="rejected")

    monkeypatch.setattr(observe, "handshake", handshake)
    evidence = case.collect(build(tmp_path, AWS, never))
    assert kinds(evidence)[-1] is Kind.TLS
    assert not evidence.complete


def test_a_collection_that_is_not_accepted_stops_the_look(network, tmp_path):
    built = build(tmp_path, AWS, never)
    built = replace(built, subject=replace(built.subject, collections=("user-info",)))
    evidence = case.collect(built)
    assert network == []
    assert judge(evidence).rules == ("CLS-001",)


def test_behind_a_named_proxy_nothing_is_resolved_here(network, tmp_path):
    proxy = "http://proxy.example.jp:3128"
    evidence = case.collect(
        build(tmp_path, AWS, says(), environ={"HTTPS_PROXY": proxy}, proxy=proxy)
    )
    assert network == [("handshake", "s3.ap-northeast-1.amazonaws.com", 443, proxy)]
    assert judge(evidence).admitted
    assert proxy not in evidence.to_json()


# --- a claimed cloud, over a real handshake -----


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """A TLS server on loopback under a public name, as a claimed cloud would be."""
    authority = Authority()
    (tmp_path / "contract.pdf").write_bytes(b"%PDF signed")
    pem = authority.issue(tmp_path, names=("objects.example.jp",))
    import socket

    real = socket.getaddrinfo

    def resolver(host, port, *args, **kwargs):
        if host == "objects.example.jp":
            if port is None:
                canonical = "objects.example.jp"
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, canonical, ("160.17.1.1", 0))]
            host = "127.0.0.1"
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with tls_server(pem) as port:
        yield authority, port


def claimed(tmp_path, cloud, **claim):
    authority, port = cloud
    store = {
        "provider": "s3-compatible",
        "endpoint": f"https://objects.example.jp:{port}",
        "bucket": "video",
        "placement": CLAIM
        | {"valid_until": observe.now().date().replace(month=12, day=31)}
        | claim,
    }
    return replace(build(tmp_path, store, never), context=authority.trusting())


def test_a_claimed_cloud_from_configuration_to_verdict(cloud, tmp_path):
    evidence = case.collect(claimed(tmp_path, cloud))
    found = judge(evidence)
    assert (found.kind, found.strength) == ("admitted", "claim"), found.explain("en")
    assert "not verified independently" in found.explain("en")
    sha256 = evidence.of(Kind.CLAIM).sha256
    again = claimed(
        tmp_path,
        cloud,
        sha256=sha256,
        addresses=["160.17.0.0/16"],
        certificate_issuer="Test Trust K.K.",
    )
    assert judge(case.collect(again)).admitted
    (tmp_path / "contract.pdf").write_bytes(b"%PDF another")
    assert judge(case.collect(again)).kind == "refused"
    (tmp_path / "contract.pdf").unlink()
    assert judge(case.collect(again)).kind == "unknown"


PINS = [
    ({"addresses": ["10.0.0.0/8"]}, "ATT-001"),
    ({"certificate_issuer": "Somebody Else"}, "NET-008"),
    ({"prefecture": "Seoul"}, "ATT-001"),
]


@pytest.mark.parametrize(("claim", "rule"), PINS)
def test_a_claimed_cloud_that_is_not_as_claimed(claim, rule, cloud, tmp_path):
    found = judge(case.collect(claimed(tmp_path, cloud, **claim)))
    assert found.kind == "refused"
    assert rule in found.rules


def test_an_expired_claim_sends_nothing(cloud, tmp_path, network):
    from datetime import timedelta

    past = observe.now().date() - timedelta(days=2)
    evidence = case.collect(claimed(tmp_path, cloud, valid_until=past))
    assert network == []
    assert judge(evidence).kind == "unknown"


def test_a_claimed_cloud_whose_certificate_nobody_trusts(cloud, tmp_path):
    built = replace(claimed(tmp_path, cloud), context=ssl.create_default_context())
    found = judge(case.collect(built))
    assert (found.kind, found.rules) == ("refused", ("ENC-005",))


def test_a_users_own_row_from_file_to_verdict(network, tmp_path):
    from tests.residency.test_table import OWN

    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    catalog = Catalog.load([tmp_path / "own.toml"])
    store = {"provider": "example", "region": "jp-1", "bucket": "video"}
    found = judge(case.collect(build(tmp_path, store, never, catalog=catalog)))
    assert (found.kind, found.strength) == ("admitted", "table")
    abroad = OWN.replace("hosts =", 'country = "US"\nhosts =')
    (tmp_path / "own.toml").write_text(abroad, encoding="utf-8")
    catalog = Catalog.load([tmp_path / "own.toml"])
    evidence = case.collect(build(tmp_path, store, never, catalog=catalog))
    assert judge(evidence).rules == ("TAB-001",)
