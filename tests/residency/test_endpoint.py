"""The one endpoint of a store: look-alikes, loopback, claims, and what is refused at sight."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multistore.config import StoreSettings
from multistore.errors import ConfigurationError, InvalidArgumentError, ResidencyError
from multistore.residency import pinning
from multistore.residency.catalog import Catalog

CATALOG = Catalog.load()
CLAIM = {
    "operator": "株式会社電算システム",
    "prefecture": "岐阜県",
    "document": "c.pdf",
    "valid_until": date(2027, 3, 31),
}


def endpoint(proxy=None, **fields):
    settings = StoreSettings(accepts=("video",), **{"bucket": "video", **fields})
    return pinning.endpoint(CATALOG, "x", settings, proxy=proxy)


LOOK_ALIKES = [
    # provider, region, is it in Japan?, what the message must say
    ("aws", "ap-northeast-1", True, None),
    ("aws", "ap-northeast-2", False, "Seoul"),
    ("aws", "ap-northeast-3", True, None),
    ("aws", "ap-northeast-1-tpe-1", False, "Taipei"),
    ("aws", "ap-northeast-1a", False, "not a region"),
    ("aws", "AP-NORTHEAST-1", False, "not a region"),
    ("aws", "ap-northeast-1 ", False, "not a region"),
    ("aws", "us-east-1", False, "Virginia"),
    ("aws", "ap-east-2", False, "not a region"),
    ("aws", "jp-east-1", False, "at sakura it is Tokyo"),
    ("wasabi", "ap-northeast-1", True, None),
    ("wasabi", "ap-northeast-2", True, None),
    ("wasabi", "ap-northeast-3", False, "at aws it is Osaka"),
    ("wasabi", "us-east-1", False, "not a region"),
    ("sakura", "jp-east-1", True, None),
    ("sakura", "jp-north-1", True, None),
    ("nifcloud", "jp-east-1", True, None),
    ("nifcloud", "us-east-1", False, "the USA"),
    ("linode", "ap-south-1", False, "Singapore"),
    ("gcs", "asia-northeast3", False, "Seoul"),
    ("gcs", "asia", False, "several countries"),
    ("ibm-cos", "ap", False, "Sydney"),
    ("outscale", "ap-northeast-1", True, None),
    ("azure", "japaneast", True, None),
    ("azure", "japanwest", True, None),
    ("azure", "koreacentral", False, "not a region"),
    ("azure", "Japan East", False, "not a region"),
]


@pytest.mark.parametrize(("provider", "region", "japanese", "told"), LOOK_ALIKES)
def test_a_region_means_what_its_provider_says(provider, region, japanese, told):
    account = "acct1" if provider == "azure" else None
    if japanese:
        assert endpoint(provider=provider, region=region, account=account).region == region
        return
    with pytest.raises(ResidencyError) as caught:
        endpoint(provider=provider, region=region, account=account)
    assert told in str(caught.value)


def test_seoul_and_osaka_have_one_name():
    with pytest.raises(ResidencyError) as caught:
        endpoint(provider="aws", region="ap-northeast-2")
    assert "ap-northeast-2 is Seoul at aws (at wasabi it is Osaka)" in str(caught.value)
    assert "wasabi では 大阪" in caught.value.reasons[0].say("ja")


@pytest.mark.parametrize("provider", ["aws", "azure", "wasabi", "sakura", "oci"])
def test_there_is_no_default_region(provider):
    with pytest.raises(ConfigurationError, match="no default"):
        endpoint(provider=provider, account="acct1")


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_loopback_has_no_default_region_either(provider):
    with pytest.raises(ConfigurationError, match="no default"):
        endpoint(provider=provider, account="acct1", endpoint="http://127.0.0.1:9")
    with pytest.raises(ResidencyError):
        endpoint(
            provider=provider, account="acct1", endpoint="http://127.0.0.1:9", region="us-east-1"
        )


def test_aws_is_pinned_in_both_styles():
    found = endpoint(provider="aws", region="ap-northeast-1")
    assert found.url == "https://s3.ap-northeast-1.amazonaws.com"
    assert found.hosts == {
        "s3.ap-northeast-1.amazonaws.com",
        "video.s3.ap-northeast-1.amazonaws.com",
    }
    assert found.profile.addressing == "virtual"
    assert found.profile.sdk_checksums
    for host in ("s3.amazonaws.com", "other.s3.ap-northeast-1.amazonaws.com", "evil.example"):
        with pytest.raises(ResidencyError):
            found.check(f"https://{host}/video/x")


def test_a_dotted_bucket_is_named_in_the_path():
    found = endpoint(provider="aws", region="ap-northeast-1", bucket="my.bucket")
    assert found.profile.addressing == "path"
    assert found.hosts == {"s3.ap-northeast-1.amazonaws.com"}


MISMATCHES = [
    ({"provider": "aws", "region": "ap-northeast-3"}, "s3.ap-northeast-1.amazonaws.com"),
    ({"provider": "sakura", "region": "jp-north-1"}, "s3.tky01.sakurastorage.jp"),
    ({"provider": "s3-compatible", "region": "jp-north-1"}, "s3.tky01.sakurastorage.jp"),
    ({"provider": "s3-compatible", "region": "ap-northeast-1"}, "s3.ap-northeast-2.wasabisys.com"),
]


@pytest.mark.parametrize(("fields", "host"), MISMATCHES)
def test_provider_host_and_region_are_matched_together(fields, host):
    with pytest.raises(ResidencyError) as caught:
        endpoint(**fields, endpoint=f"https://{host}")
    assert caught.value.code == "NET-004"


UNLISTED = [
    ({"provider": "aws", "region": "ap-northeast-1"}, "https://s3.dualstack.x.amazonaws.com"),
    ({"provider": "aws", "region": "ap-northeast-1"}, "https://s3.ap-northeast-1.amazonaws.com.cn"),
    ({"provider": "aws", "region": "ap-northeast-1"}, "https://objects.example.jp"),
    ({"provider": "aws", "region": "ap-northeast-1"}, "https://s3.ap-northeast-1.amazonaws.com:1"),
    ({"provider": "aws", "region": "ap-northeast-1"}, "https://s3.ap-northeast-1.amazonaws.com/x"),
    ({"provider": "wasabi", "region": "ap-northeast-1"}, "https://s3.tky01.sakurastorage.jp"),
    ({"provider": "azure", "region": "japaneast"}, "https://other.blob.core.windows.net"),
    ({"provider": "azure", "region": "japaneast"}, "https://acct1.blob.core.chinacloudapi.cn"),
    ({"provider": "s3-compatible"}, "https://s3.us-west-2.amazonaws.com"),
    ({"provider": "s3-compatible"}, "https://ap-south-1.linodeobjects.com"),
    ({"provider": "s3-compatible"}, "https://us-east-1.storage.api.nifcloud.com"),
    ({"provider": "s3-compatible"}, "https://x.cloudflarestorage.com"),
]


@pytest.mark.parametrize(("fields", "url"), UNLISTED)
def test_a_worldwide_operators_host_needs_a_row_and_a_claim_is_not_enough(fields, url):
    with pytest.raises(ResidencyError) as caught:
        endpoint(**fields, endpoint=url, account="acct1", placement=CLAIM)
    assert "not in the table" in str(caught.value)


def test_a_cloud_that_publishes_nothing_needs_a_claim():
    url = "https://objects.example.jp"
    with pytest.raises(ResidencyError) as caught:
        endpoint(provider="s3-compatible", endpoint=url)
    assert caught.value.code == "ATT-001"
    found = endpoint(provider="s3-compatible", endpoint=f"{url}:8443/s3", placement=CLAIM)
    assert found.url == "https://objects.example.jp:8443/s3"
    assert found.hosts == {"objects.example.jp:8443"}
    assert found.region is None
    dialect = found.profile
    assert not any((dialect.sdk_checksums, dialect.conditional_create, dialect.bulk_delete))
    virtual = endpoint(
        provider="s3-compatible", endpoint=url, placement=CLAIM, addressing="virtual"
    )
    assert virtual.hosts == {"objects.example.jp", "video.objects.example.jp"}


def test_a_hyperscaler_is_named_as_itself():
    for host in ("s3.ap-northeast-1.amazonaws.com", "storage.asia-northeast1.rep.googleapis.com"):
        with pytest.raises(ConfigurationError, match="provider ="):
            endpoint(provider="s3-compatible", endpoint=f"https://{host}", placement=CLAIM)


LOOPBACK = [
    "http://127.0.0.1:9000",
    "http://127.8.9.1:9000",
    "http://localhost:9000",
    "http://[::1]:9000",
    "https://127.0.0.1:9000",
]
NOT_LOOPBACK = [
    "http://objects.example.jp",
    "http://s3.tky01.sakurastorage.jp",
    "http://10.0.0.1:9000",
    "http://169.254.1.1",
    "http://0.0.0.0:9000",
    "http://128.0.0.1",
    "http://[::2]:9000",
    "http://[::ffff:10.0.0.1]:9000",
    "http://localhost.example.jp",
    "http://foo.localhost",
    "http://notlocalhost.localhost",
    "http://127.0.0.1.example.jp",
]
NOT_AN_ADDRESS = [
    "ftp://objects.example.jp",
    "objects.example.jp",
    "https://",
    "https://user:pw@objects.example.jp",
    "https://objects.example.jp?x=1",
    "https://objects.example.jp#x",
    "https://objects.example.jp/a/../b c",
    "https://objects.example.jp:99999",
    "https://objects.example.jp.",
    "https://例え.jp",
    "https://objects_example.jp",
    "https://objects.example.jp\\@evil.example",
    "http://2130706433",
    "http://0x7f.1",
    "http://foo.localhost.",
    "https://single",
]


@pytest.mark.parametrize("url", LOOPBACK)
def test_loopback_may_be_plain(url):
    netloc = url.partition("://")[2]
    found = endpoint(provider="s3-compatible", endpoint=url)
    assert found.hosts == {netloc}
    assert found.url == url
    assert found.profile.addressing == "path"
    assert not found.profile.conditional_create
    aws = endpoint(provider="aws", region="ap-northeast-1", endpoint=url)
    assert aws.hosts == {netloc}
    assert aws.profile.conditional_create
    azure = endpoint(provider="azure", region="japaneast", account="acct1", endpoint=url)
    assert azure.url == f"{url}/acct1"


@pytest.mark.parametrize("url", NOT_LOOPBACK)
@pytest.mark.parametrize("provider", ["s3-compatible", "aws"])
def test_plain_http_is_for_loopback_only(url, provider):
    with pytest.raises(ResidencyError) as caught:
        endpoint(provider=provider, region="ap-northeast-1", endpoint=url, placement=CLAIM)
    assert caught.value.code == "ENC-006"


@pytest.mark.parametrize("url", NOT_AN_ADDRESS)
def test_what_is_not_a_plain_address_is_refused(url):
    with pytest.raises((ConfigurationError, ResidencyError)) as caught:
        endpoint(provider="s3-compatible", endpoint=url, placement=CLAIM)
    assert "pw" not in str(caught.value)


def test_loopback_is_never_reached_through_a_proxy():
    proxy = "http://proxy.example.jp:3128"
    found = endpoint(proxy, provider="s3-compatible", endpoint="http://127.0.0.1:1")
    assert found.proxy is None
    assert endpoint(proxy, provider="wasabi", region="ap-northeast-1").proxy == proxy


@pytest.mark.parametrize("proxy", ["socks5://p:1", "https://p:1", "p:3128", "http://"])
def test_a_proxy_that_the_clients_cannot_use_is_refused(proxy):
    with pytest.raises(ConfigurationError, match=r"vault\.proxy"):
        endpoint(proxy, provider="wasabi", region="ap-northeast-1")


MISSING = [
    {"provider": "aws", "region": "ap-northeast-1", "bucket": None},
    {"provider": "azure", "region": "japaneast"},
    {"provider": "s3-compatible"},
    {"provider": "nobody", "region": "x"},
    {"provider": "local"},
    {"provider": "memory"},
    {"provider": "oci", "region": "ap-tokyo-1", "account": "ns"},
    {"provider": "oci", "region": "ap-tokyo-1"},
    {"provider": "ibm-cos", "region": "jp-tok"},
]


@pytest.mark.parametrize("fields", MISSING)
def test_what_is_missing_is_an_error_of_the_configuration(fields):
    with pytest.raises(ConfigurationError) as caught:
        endpoint(**fields)
    assert "stores.x" in str(caught.value)


@pytest.mark.parametrize("account", ["a", "UPPER", "has-dash", "x" * 25, "evil.example/", "a\n"])
def test_an_azure_account_that_is_none(account):
    with pytest.raises(ResidencyError) as caught:
        endpoint(provider="azure", region="japaneast", account=account)
    assert caught.value.code == "AZR-011"


def test_a_namespace_is_part_of_the_host():
    host = "ns1.compat.objectstorage.ap-tokyo-1.oraclecloud.com"
    found = endpoint(provider="oci", region="ap-tokyo-1", account="ns1", endpoint=f"https://{host}")
    assert found.hosts == {host}
    with pytest.raises(ResidencyError):
        endpoint(provider="oci", region="ap-tokyo-1", account="ns2", endpoint=f"https://{host}")


@given(
    provider=st.sampled_from(["aws", "azure", "s3-compatible", *CATALOG.providers]),
    region=st.none() | st.sampled_from([r.region for r in CATALOG.rows if r.region]) | st.text(),
    host=st.none()
    | st.sampled_from([h for r in CATALOG.rows for h in r.hosts if "{" not in h])
    | st.text(alphabet="abc.:/@-127", max_size=30),
    bucket=st.text(alphabet="abc:/.-@", max_size=20),
)
def test_no_input_gives_an_endpoint_beyond_the_table_or_this_machine(
    provider, region, host, bucket
):
    """Without a claim, whatever comes out is a listed host or loopback, over https or on it."""
    url = None if host is None else f"https://{host}"
    try:
        found = endpoint(
            provider=provider, region=region, bucket=bucket, account="acct1", endpoint=url
        )
    except (ResidencyError, InvalidArgumentError):
        return
    from urllib.parse import urlsplit

    name = urlsplit(found.url).hostname
    listed = {h.replace("{account}", "acct1") for row in CATALOG.rows for h in row.hosts}
    assert name in listed or name in ("localhost", "::1") or name.startswith("127.")
    assert all(pinned.endswith(urlsplit(found.url).netloc) for pinned in found.hosts)
