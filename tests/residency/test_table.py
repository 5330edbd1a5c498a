"""The shipped table, and a user's own rows beside it."""

from datetime import date

import pytest

from multistore.config import StoreSettings
from multistore.errors import ConfigurationError, ResidencyError
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from multistore.residency.rules import SEVERITIES

CATALOG = Catalog.load()
PAIRS = [(row, host) for row in CATALOG.rows for host in row.hosts]


def store(**fields):
    return StoreSettings(accepts=("video",), **{"bucket": "video", **fields})


def endpoint(catalog=CATALOG, **fields):
    return pinning.endpoint(catalog, "x", store(**fields), proxy=None)


def test_every_row_has_a_source_and_a_date_and_is_in_japan():
    assert len(CATALOG.rows) >= 25
    for entry in (*CATALOG.rows, *CATALOG.refusals, *CATALOG.deny):
        assert len(entry.source) > 10
        assert date(2021, 1, 1) <= entry.date <= date(2026, 11, 24)
    for row in CATALOG.rows:
        assert row.country == "JP"
        assert row.confidence in ("documented", "observed")
        assert row.place.en
        assert row.place.ja
        assert row.provider in CATALOG.providers


@pytest.mark.parametrize(("row", "host"), PAIRS, ids=[f"{r.provider}:{h}" for r, h in PAIRS])
def test_every_host_is_matched_exactly_once(row, host):
    matched = [
        (other.provider, other.region)
        for other in CATALOG.rows
        if host in other.hosts and (row.provider, row.region) == (other.provider, other.region)
    ]
    assert matched == [(row.provider, row.region)]
    if row.provider != "azure":
        assert len([r for r in CATALOG.rows if host in r.hosts]) == 1
    assert CATALOG.denial(host.replace("{account}", "acct1")) is None


@pytest.mark.parametrize(("row", "host"), PAIRS, ids=[f"{r.provider}:{h}" for r, h in PAIRS])
def test_every_row_gives_its_endpoint_and_pins_it(row, host):
    host = host.replace("{account}", "acct1")
    account = "acct1" if "{account}" in row.hosts[0] else None
    region = row.region
    found = endpoint(
        provider=row.provider, endpoint=f"https://{host}", region=region, account=account
    )
    base = row.base_path if row.provider != "azure" else ""
    assert found.url == f"https://{host}{base}"
    assert found.region == region
    assert found.provider == row.provider
    expected = {host, f"video.{host}"} if row.addressing == "virtual" else {host}
    assert found.hosts == expected
    found.check(f"https://{host}/x")
    for elsewhere in (
        f"http://{host}/x",
        f"https://{host}.evil.example/x",
        f"https://evil.{host}/",
        f"https://{host}:444/x",
        f"https://{host}@evil.example/x",
    ):
        with pytest.raises(ResidencyError):
            found.check(elsewhere)


DENIED = [
    ("s3.amazonaws.com", "RES-001"),
    ("bucket.s3.amazonaws.com", "RES-001"),
    ("s3-external-1.amazonaws.com", "RES-001"),
    ("bucket.s3-external-1.amazonaws.com", "RES-001"),
    ("s3-accelerate.amazonaws.com", "RES-006"),
    ("bucket.s3-accelerate.amazonaws.com", "RES-006"),
    ("s3-accelerate.dualstack.amazonaws.com", "RES-006"),
    ("bucket.s3-accelerate.dualstack.amazonaws.com", "RES-006"),
    ("abc.mrap.accesspoint.s3-global.amazonaws.com", "RES-005"),
    ("s3-outposts.ap-northeast-1.amazonaws.com", "RES-003"),
    ("ap-1.op-01.s3-outposts.ap-northeast-1.amazonaws.com", "RES-003"),
    ("s3express-apne1-tpe1-az1.ap-northeast-1.amazonaws.com", "RES-002"),
    ("b--apne1-az1--x-s3.s3express-apne1-az1.ap-northeast-1.amazonaws.com", "RES-002"),
    ("s3-fips.us-east-1.amazonaws.com", "RES-001"),
    ("b.s3-fips.us-east-1.amazonaws.com", "RES-001"),
    ("ap-123.s3-accesspoint.ap-northeast-1.amazonaws.com", "RES-007"),
    ("ap-123.s3-object-lambda.ap-northeast-1.amazonaws.com", "RES-007"),
    ("acct1-secondary.blob.core.windows.net", "NET-015"),
    ("acct1-internetrouting.blob.core.windows.net", "AZR-011"),
    ("acct1.z07.blob.storage.azure.net", "AZR-011"),
    ("s3.wasabisys.com", "TAB-001"),
    ("bucket.s3.wasabisys.com", "TAB-001"),
    ("storage.googleapis.com", "TAB-001"),
    ("bucket.storage.googleapis.com", "TAB-001"),
    ("s3.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("s3.tok.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("s3.private.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("s3.direct.tok.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("b.s3.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("b.s3.tok.ap.cloud-object-storage.appdomain.cloud", "TAB-001"),
    ("oss-accelerate.aliyuncs.com", "TAB-001"),
    ("b.oss-accelerate.aliyuncs.com", "TAB-001"),
    ("oss-accelerate-overseas.aliyuncs.com", "TAB-001"),
    ("b.oss-accelerate-overseas.aliyuncs.com", "TAB-001"),
    ("cos.accelerate.myqcloud.com", "TAB-001"),
    ("b-1.cos.accelerate.myqcloud.com", "TAB-001"),
    ("s3.rackcorp.com", "TAB-001"),
    ("acct.r2.cloudflarestorage.com", "TAB-001"),
    ("s3-ap-northeast-1.qiniucs.com", "TAB-001"),
    ("b.s3-ap-northeast-1.qiniucs.com", "TAB-001"),
    ("b.sakurastorage.jp", "TAB-001"),
    ("x.b.sakurastorage.jp", "TAB-001"),
]
CLAIM = {
    "operator": "株式会社例",
    "prefecture": "東京都",
    "document": "c.pdf",
    "valid_until": date(2027, 3, 31),
}


@pytest.mark.parametrize(("host", "rule"), DENIED)
@pytest.mark.parametrize("provider", ["s3-compatible", "aws", "azure"])
def test_a_denied_host_opens_by_nothing_not_even_a_claim(host, rule, provider):
    with pytest.raises(ResidencyError) as caught:
        endpoint(
            provider=provider,
            endpoint=f"https://{host.upper()}",
            region={"aws": "ap-northeast-1", "azure": "japaneast"}.get(provider),
            account="acct1",
            placement=CLAIM,
        )
    assert caught.value.code == rule
    assert host in str(caught.value)
    assert any(ord(c) > 0x3000 for c in caught.value.reasons[0].say("ja"))


def test_every_pattern_of_the_deny_list_is_tried_above():
    for denial in CATALOG.deny:
        assert denial.rule in SEVERITIES
        for pattern in denial.hosts:
            only = denial.model_copy(update={"hosts": (pattern,)})
            assert any(only.covers(host) for host, _ in DENIED), pattern


def test_families():
    families = [CATALOG.family(n) for n in ("aws", "sakura", "memory", "x")]
    assert families == ["aws", "s3-compatible", "memory", None]


# --- a user's own rows -----

OWN = """
format = 1

[[providers]]
name = "example"
title = "例のオブジェクトストレージ"
operator = "株式会社例"

[[rows]]
provider = "example"
region = "jp-1"
hosts = ["s3.jp-1.example.jp"]
place = { en = "Nagoya", ja = "名古屋" }
addressing = "path"
dialect = { concurrency = 4 }
confidence = "documented"
source = "https://example.jp/manual"
date = 2026-11-01
"""
ROW = OWN[OWN.index("[[rows]]") :]


def own(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return [path]


def test_own_rows_extend_the_table(tmp_path):
    catalog = Catalog.load(own(tmp_path, OWN))
    by_region = endpoint(catalog, provider="example", region="jp-1")
    by_host = endpoint(catalog, provider="s3-compatible", endpoint="https://s3.jp-1.example.jp")
    assert by_region == by_host
    assert by_region.url == "https://s3.jp-1.example.jp"
    assert by_region.profile.concurrency == 4
    assert by_region.profile.sdk_checksums is False
    assert endpoint(catalog, provider="aws", region="ap-northeast-1").region == "ap-northeast-1"


def test_own_rows_in_two_files_may_build_on_each_other(tmp_path):
    (tmp_path / "a.toml").write_text(OWN, encoding="utf-8")
    more = 'format = 1\n\n[[deny]]\nhosts = ["s3.us.example.jp"]\nrule = "TAB-001"\n'
    more += 'reason = { en = "in the USA", ja = "米国" }\nsource = "https://example.jp"\n'
    more += "date = 2026-11-01\n"
    (tmp_path / "b.toml").write_text(more, encoding="utf-8")
    catalog = Catalog.load([tmp_path / "a.toml", tmp_path / "b.toml"])
    assert catalog.denial("s3.us.example.jp")


OFTEN = 'format = 1\n\n[[rows]]\nprovider = "sakura"\n' + ROW.split("\n", 2)[2]
DENY_SAKURA = """
format = 1
[[deny]]
hosts = ["*.sakurastorage.jp"]
rule = "TAB-001"
reason = { en = "x", ja = "x" }
source = "x"
date = 2026-11-01
"""
WRONG = [
    ("no source", OWN.replace('source = "https://example.jp/manual"\n', ""), "rows.0.source"),
    ("no date", OWN.replace("date = 2026-11-01\n", ""), "rows.0.date"),
    ("a guess", OWN.replace('"documented"', '"inferred"'), "rows.0.confidence"),
    ("not a host", OWN.replace("s3.jp-1.example.jp", "https://s3.example.jp"), "hosts"),
    ("capitals", OWN.replace("s3.jp-1.example.jp", "S3.example.jp"), "hosts"),
    ("wildcard", OWN.replace("s3.jp-1.example.jp", "*.example.jp"), "hosts"),
    ("typing error", OWN.replace("addressing", "adressing"), "adressing"),
    ("unknown flag", OWN.replace("concurrency = 4", "teleport = true"), "teleport"),
    ("no format", OWN.replace("format = 1", ""), "format"),
    ("another format", OWN.replace("format = 1", "format = 2"), "format"),
    ("not TOML", "format = [", "not TOML"),
    ("shadows a host", OWN.replace("s3.jp-1.example.jp", "s3.tky01.sakurastorage.jp"), "already"),
    ("a denied host", OWN.replace("s3.jp-1.example.jp", "s3.wasabisys.com"), "US East"),
    ("shadows a provider", OWN.replace('name = "example"', 'name = "wasabi"'), "already"),
    ("shadows a family", OWN.replace('name = "example"', 'name = "local"'), "already"),
    ("closed", OWN.replace('provider = "example"', 'provider = "aws"'), "complete"),
    ("contradicts a place", OFTEN.replace('"jp-1"', '"jp-east-1"'), "is Tokyo"),
    (
        "a refused region",
        OWN.replace('provider = "example"', 'provider = "linode"').replace("jp-1", "ap-south-1"),
        "Singapore",
    ),
    ("nobody's row", "format = 1\n" + ROW, "no file names the provider"),
    (
        "denies what is in use",
        DENY_SAKURA,
        "a row in use opens it",
    ),
]


@pytest.mark.parametrize(("text", "told"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_own_rows_are_held_to_the_same_rules_and_replace_nothing(tmp_path, text, told):
    with pytest.raises(ConfigurationError) as caught:
        Catalog.load(own(tmp_path, text))
    assert told in str(caught.value)
    assert "own.toml" in str(caught.value)


def test_a_file_of_own_rows_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Catalog.load([tmp_path / "absent.toml"])
