"""Evidence as it is recorded for well-behaved stores, for tests to bend."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from multistore.residency import verdict
from multistore.residency.evidence import Evidence, Item, Kind, Subject

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def subject(family="aws", **fields):
    usual = {
        "aws": {
            "provider": "aws",
            "region": "ap-northeast-1",
            "url": "https://s3.ap-northeast-1.amazonaws.com",
            "hosts": ("b.s3.ap-northeast-1.amazonaws.com", "s3.ap-northeast-1.amazonaws.com"),
            "bucket": "classtream-prod",
        },
        "azure": {
            "provider": "azure",
            "region": "japaneast",
            "url": "https://acct1.blob.core.windows.net",
            "hosts": ("acct1.blob.core.windows.net",),
            "bucket": "video",
            "account": "acct1",
        },
        "s3-compatible": {
            "provider": "s3-compatible",
            "url": "https://objects.example.jp",
            "hosts": ("objects.example.jp",),
            "bucket": "video",
        },
        "local": {"provider": "local", "bucket": "/data"},
        "memory": {"provider": "memory", "bucket": "memory"},
    }[family]
    base = {"store": "tokyo", "family": family, "accepts": ("video",), "collections": ("video",)}
    return Subject(**{**base, **usual, **fields})


def item(kind, call="test", **value):
    return Item(kind, value, call, NOW)


def environment(*reasons):
    return item(Kind.ENVIRONMENT, findings=[reason.to_json() for reason in reasons])


def address(text, where="japan", region="ap-northeast-1", group=None, operator="aws"):
    found = {"address": text, "where": where}
    if region:
        found |= {"region": region, "group": group or region, "operator": operator}
    return found


def addresses(host, *found, kind=Kind.ADDRESSES, dated="2026-11-01", **more):
    return item(
        kind,
        host=host,
        addresses=list(found),
        dated=dated,
        token="1787411825",
        source="ip-ranges.json",
        **more,
    )


def tls(host, **fields):
    usual = {
        "host": host,
        "version": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "issuer": "Example Trust K.K.",
        "subject": "Example K.K.",
        "names": [host],
        "key": "RSA",
        "bits": 2048,
        "signature_hash": "sha256",
    }
    return item(Kind.TLS, **{**usual, **fields})


def service(region, call="s3:HeadBucket", **fields):
    return item(Kind.SERVICE, call, region=region, **fields)


def claim(**fields):
    usual = {
        "operator": "株式会社電算システム",
        "country": "JP",
        "prefecture": "岐阜県",
        "document": "contracts/bizgrand-2026.pdf",
        "found": "a" * 64,
        "wanted": "a" * 64,
        "begin": None,
        "until": (NOW.date() + timedelta(days=120)).isoformat(),
        "networks": [],
        "issuer": None,
        "front_domains": ["amazonaws.com", "cloudfront.net"],
        "front_organisations": ["amazon", "google"],
    }
    return item(Kind.CLAIM, **{**usual, **fields})


def row(**fields):
    usual = {
        "provider": "sakura",
        "host": "s3.isk01.sakurastorage.jp",
        "region": "jp-north-1",
        "country": "JP",
        "place_en": "Ishikari, Hokkaido",
        "place_ja": "北海道石狩市",
        "confidence": "documented",
        "source": "openapi.json",
        "date": "2026-11-23",
    }
    return item(Kind.ROW, **{**usual, **fields})


AWS_HOST = "s3.ap-northeast-1.amazonaws.com"
AZURE_HOST = "acct1.blob.core.windows.net"
HOST = "objects.example.jp"


def aws(*last, **fields):
    """An AWS store of which only the service's word is missing; ``last`` gives it."""
    seen = (
        environment(),
        row(provider="aws", host=AWS_HOST, region="ap-northeast-1", place_en="Tokyo"),
        addresses(AWS_HOST, address("52.219.0.1")),
        tls(AWS_HOST),
    )
    return Evidence(subject(**fields), (*seen, *last), NOW)


def azure(*last, **fields):
    """An Azure account of which addresses and service are missing; ``last`` gives them."""
    seen = (environment(), tls(AZURE_HOST))
    return Evidence(subject("azure", **fields), (*seen, *last), NOW)


def claimed(the_claim, *last, found=None, **fields):
    """A claimed cloud."""
    seen = (
        environment(),
        the_claim,
        found or addresses(HOST, address("160.17.1.1", "unlisted", None), canonical=HOST),
        tls(HOST),
    )
    return Evidence(subject("s3-compatible", claimed=True, **fields), (*seen, *last), NOW)


def without(evidence, *kinds):
    return replace(evidence, items=tuple(i for i in evidence.items if i.kind not in kinds))


def judge(evidence, now=NOW):
    return verdict.judge(evidence, now=now)


def day(offset):
    return (NOW.date() + timedelta(days=offset)).isoformat()


def jst_date(text):
    return date.fromisoformat(text)


def at(evidence, moment):
    """The same evidence, taken at another time."""
    items = tuple(replace(i, taken=moment) for i in evidence.items)
    return replace(evidence, items=items, taken=moment)
