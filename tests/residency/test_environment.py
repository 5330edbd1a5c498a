"""Every variable that could take a request elsewhere, and what becomes of it."""

import pytest

from multistore.residency import aws_profiles
from multistore.residency.environment import Wanted, findings
from multistore.residency.reasons import Effect

AWS = Wanted(
    "aws", "ap-northeast-1", "https://s3.ap-northeast-1.amazonaws.com", None, loopback=False
)
AZURE = Wanted("azure", "japaneast", "https://acct1.blob.core.windows.net", None, loopback=False)
SAKURA = Wanted(
    "s3-compatible", "jp-north-1", "https://s3.isk01.sakurastorage.jp", None, loopback=False
)
LOOPBACK = Wanted("s3-compatible", None, "http://127.0.0.1:9000", None, loopback=True)
LOCAL = Wanted("local", None, "", None, loopback=False)
MEMORY = Wanted("memory", None, "", None, loopback=False)
SECRET = "hunter2-canary"
PROXY = f"http://user:{SECRET}@proxy.example.jp:3128"
URL = f"https://user:{SECRET}@elsewhere.example/path?sig={SECRET}"

REFUSED, NOTED, NOTHING = "refused", "noted", None


def effect_of(environ, wanted, **more):
    found = findings(environ, wanted, **more)
    assert len(found) <= 1
    return (found[0].effect.value, found[0].rule) if found else (None, None)


# variable, value, wanted, effect, rule
CASES = [
    # regions
    ("AWS_REGION", "ap-northeast-1", AWS, NOTHING, None),
    ("AWS_REGION", "us-east-1", AWS, REFUSED, "NET-004"),
    ("AWS_REGION", "ap-northeast-3", AWS, REFUSED, "NET-004"),
    ("AWS_DEFAULT_REGION", "us-west-2", AWS, REFUSED, "NET-004"),
    ("AWS_DEFAULT_REGION", "ap-northeast-1", AWS, NOTHING, None),
    ("AWS_REGION", "ap-northeast-1", SAKURA, NOTHING, None),
    ("AWS_REGION", "jp-north-1", SAKURA, NOTHING, None),
    ("AWS_REGION", "us-east-1", SAKURA, REFUSED, "NET-004"),
    ("AWS_REGION", "us-east-1", LOOPBACK, REFUSED, "NET-004"),
    ("AWS_REGION", "us-east-1", AZURE, NOTHING, None),
    ("AWS_SIGV4A_SIGNING_REGION_SET", "*", AWS, REFUSED, "NET-004"),
    ("AWS_SIGV4A_SIGNING_REGION_SET", "ap-northeast-1", AWS, NOTHING, None),
    # endpoints
    *(
        (name, URL, wanted, REFUSED, "NET-003")
        for name in (
            "AWS_ENDPOINT",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_S3",
            "AWS_endpoint_url_s3",
            "AWS_ENDPOINT_URL_S3_CONTROL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_ENDPOINT_URL_KMS",
        )
        for wanted in (AWS, SAKURA, LOOPBACK)
    ),
    ("AWS_ENDPOINT_URL", URL, AZURE, NOTHING, None),
    ("AZURE_STORAGE_ENDPOINT", URL, AZURE, REFUSED, "NET-003"),
    ("AZURE_ENDPOINT", URL, AZURE, REFUSED, "NET-003"),
    ("AZURE_STORAGE_ENDPOINT", URL, AWS, NOTHING, None),
    ("AZURE_STORAGE_USE_EMULATOR", "true", AZURE, REFUSED, "NET-003"),
    ("AZURE_STORAGE_USE_EMULATOR", "false", AZURE, NOTHING, None),
    ("AZURE_USE_EMULATOR", "1", AZURE, REFUSED, "NET-003"),
    ("AZURE_USE_FABRIC_ENDPOINT", "true", AZURE, REFUSED, "NET-003"),
    ("AZURE_STORAGE_USE_FABRIC_ENDPOINT", "true", AZURE, REFUSED, "NET-003"),
    ("AWS_DATA_PATH", "/opt/models", AWS, REFUSED, "NET-003"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "true", AWS, REFUSED, "NET-003"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "false", AWS, NOTHING, None),
    ("AWS_USE_FIPS_ENDPOINT", "TRUE", AWS, REFUSED, "NET-003"),
    ("AWS_USE_FIPS_ENDPOINT", "0", AWS, NOTHING, None),
    ("AWS_S3_USE_ARN_REGION", "true", AWS, REFUSED, "NET-003"),
    ("AWS_S3_EXPRESS", "true", AWS, REFUSED, "NET-003"),
    ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true", AWS, REFUSED, "NET-003"),
    ("AWS_SKIP_SIGNATURE", "true", AWS, REFUSED, "NET-003"),
    ("AWS_SKIP_SIGNATURE", "false", AWS, NOTHING, None),
    ("AZURE_SKIP_SIGNATURE", "true", AZURE, REFUSED, "NET-011"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", AWS, NOTED, "NET-003"),
    ("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "true", AWS, NOTED, "NET-003"),
    ("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "legacy", AWS, NOTED, "NET-003"),
    # profiles: what they hold is looked at, their choice is noted
    ("AWS_PROFILE", "prod", AWS, NOTED, "NET-003"),
    ("AWS_DEFAULT_PROFILE", "prod", AWS, NOTED, "NET-003"),
    ("AWS_CONFIG_FILE", "/x", AWS, NOTED, "NET-003"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/x", AWS, NOTED, "NET-003"),
    # trust
    *(
        (name, "/tmp/ca.pem", wanted, REFUSED, "ENC-006")
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
        for wanted in (AWS, AZURE, SAKURA)
    ),
    ("SSL_CERT_FILE", "/tmp/ca.pem", LOOPBACK, NOTED, "NET-003"),
    ("AWS_CA_BUNDLE", "/tmp/ca.pem", AWS, REFUSED, "ENC-006"),
    ("AWS_CA_BUNDLE", "/tmp/ca.pem", AZURE, NOTHING, None),
    ("AWS_PROXY_CA_CERTIFICATE", "x", AWS, REFUSED, "ENC-006"),
    ("AZURE_PROXY_CA_CERTIFICATE", "x", AZURE, REFUSED, "ENC-006"),
    ("AWS_ALLOW_INVALID_CERTIFICATES", "true", AWS, REFUSED, "ENC-006"),
    ("AZURE_ALLOW_INVALID_CERTIFICATES", "true", AZURE, REFUSED, "ENC-006"),
    ("AWS_ALLOW_HTTP", "true", AWS, REFUSED, "ENC-006"),
    ("AWS_ALLOW_HTTP", "true", LOOPBACK, NOTHING, None),
    ("AZURE_ALLOW_HTTP", "true", AZURE, REFUSED, "ENC-006"),
    # telemetry
    ("AWS_CSM_ENABLED", "true", AWS, NOTED, "NET-003"),
    ("AWS_CSM_PORT", "31000", AWS, NOTED, "NET-003"),
    ("AWS_CSM_HOST", "127.0.0.1", AWS, NOTED, "NET-003"),
    ("AWS_CSM_HOST", "metrics.example", AWS, REFUSED, "NET-012"),
    # where credentials come from
    ("AWS_STS_REGIONAL_ENDPOINTS", "legacy", AWS, NOTED, "NET-011"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", URL, AWS, NOTED, "NET-011"),
    ("AWS_METADATA_ENDPOINT", URL, AWS, NOTED, "NET-011"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", URL, AWS, NOTED, "NET-011"),
    *(
        (name, URL, AZURE, NOTED, "NET-011")
        for name in (
            "AZURE_POD_IDENTITY_AUTHORITY_HOST",
            "AZURE_KUBERNETES_TOKEN_PROXY",
            "IDENTITY_ENDPOINT",
            "IMDS_ENDPOINT",
            "MSI_ENDPOINT",
        )
    ),
    ("IDENTITY_ENDPOINT", URL, AWS, NOTHING, None),
    ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/", AZURE, NOTED, "NET-003"),
    ("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn", AZURE, REFUSED, "NET-011"),
    ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com.evil", AZURE, REFUSED, "NET-011"),
    ("AZURE_STORAGE_AUTHORITY_HOST", URL, AZURE, REFUSED, "NET-011"),
    ("AZURE_REGIONAL_AUTHORITY_NAME", "japaneast", AZURE, NOTHING, None),
    ("AZURE_REGIONAL_AUTHORITY_NAME", "westus", AZURE, REFUSED, "NET-011"),
    ("AZURE_SDK_CLOUD_CONF", "/x", AZURE, REFUSED, "NET-011"),
    # connection strings
    ("AZURE_STORAGE_CONNECTION_STRING", f"AccountKey={SECRET}", AZURE, NOTED, "NET-003"),
    (
        "AZURE_STORAGE_CONNECTION_STRING",
        f"BlobEndpoint=https://x.example/{SECRET};AccountKey={SECRET}",
        AZURE,
        REFUSED,
        "NET-003",
    ),
    (
        "AZURE_STORAGE_CONNECTION_STRING",
        "BlobEndpoint=https://acct1.blob.core.windows.net/",
        AZURE,
        NOTED,
        "NET-003",
    ),
    (
        "AZURE_STORAGE_CONNECTION_STRING",
        "EndpointSuffix=core.chinacloudapi.cn",
        AZURE,
        REFUSED,
        "NET-003",
    ),
    ("AZURE_STORAGE_CONNECTION_STRING", "DefaultEndpointsProtocol=http", AZURE, REFUSED, "NET-003"),
    (
        "AZURE_STORAGE_CONNECTION_STRING",
        "BlobSecondaryEndpoint=https://acct1-secondary.blob.core.windows.net",
        AZURE,
        REFUSED,
        "NET-003",
    ),
    # proxies, in any case
    *(
        (name, PROXY, wanted, REFUSED, "NET-005")
        for name in (
            "HTTP_PROXY",
            "http_proxy",
            "Http_Proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        )
        for wanted in (AWS, AZURE, SAKURA, LOOPBACK)
    ),
    ("HTTPS_PROXY", "proxy.example.jp:3128", AWS, REFUSED, "NET-005"),
    ("HTTPS_PROXY", "http://[broken", AWS, REFUSED, "NET-005"),
    ("AWS_PROXY_URL", PROXY, AWS, REFUSED, "NET-005"),
    ("AZURE_PROXY_URL", PROXY, AZURE, REFUSED, "NET-005"),
    ("NO_PROXY", "*", AWS, NOTED, "NET-003"),
    ("no_proxy", "*", AWS, NOTED, "NET-003"),
    ("HTTPS_PROXY", "", AWS, NOTHING, None),
    ("HTTPS_PROXY", "   ", AWS, NOTHING, None),
    # what has nothing to do with it
    ("PATH", "/bin", AWS, NOTHING, None),
    ("AWS_ACCESS_KEY_ID", "AKIA", AWS, NOTHING, None),
    ("AWS_SECRET_ACCESS_KEY", SECRET, AWS, NOTHING, None),
    ("AWS_ENDPOINT_URL_DYNAMODB", URL, AWS, NOTHING, None),
]


@pytest.mark.parametrize(
    ("name", "value", "wanted", "effect", "rule"),
    CASES,
    ids=[f"{c[0]}={c[1][:20]}-{c[2].family}" for c in CASES],
)
def test_every_variable(name, value, wanted, effect, rule):
    assert effect_of({name: value}, wanted) == (effect, rule)


@pytest.mark.parametrize("wanted", [LOCAL, MEMORY])
def test_a_store_without_a_network_heeds_none_of_them(wanted):
    assert findings({case[0]: case[1] for case in CASES}, wanted) == ()


def test_each_finding_names_its_variable_and_what_to_do_and_no_secret():
    for name, value, wanted, effect, _ in CASES:
        for found in findings({name: value}, wanted):
            assert name in found.say("en")
            assert name in found.say("ja")
            if effect == REFUSED:
                assert name in found.advise("en")
                assert name in found.advise("ja")
            for language in ("en", "ja"):
                assert SECRET not in found.say(language) + found.advise(language)
            assert SECRET not in str(found.to_json())


@pytest.mark.parametrize(
    ("variable", "named", "same"),
    [
        (PROXY, PROXY, True),
        ("http://Proxy.Example.JP:3128/", "http://proxy.example.jp:3128", True),
        ("proxy.example.jp:3128", "http://proxy.example.jp:3128", True),
        ("http://proxy.example.jp", "http://proxy.example.jp:80", True),
        ("http://proxy.example.jp:3129", "http://proxy.example.jp:3128", False),
        ("http://other.example.jp:3128", "http://proxy.example.jp:3128", False),
        ("http://other:x@proxy.example.jp:3128", PROXY, False),
        ("socks5://proxy.example.jp:3128", "http://proxy.example.jp:3128", False),
    ],
)
def test_only_the_named_proxy_may_be_in_the_environment(variable, named, same):
    wanted = Wanted("aws", AWS.region, AWS.url, named, loopback=False)
    expected = (NOTED, "NET-003") if same else (REFUSED, "NET-005")
    assert effect_of({"HTTPS_PROXY": variable}, wanted) == expected


def test_no_proxy_is_no_way_out_and_a_named_proxy_none_for_loopback():
    found = findings({"HTTP_PROXY": PROXY, "NO_PROXY": "*"}, AWS)
    assert Effect.REFUSED in {reason.effect for reason in found}
    loopback = Wanted("aws", AWS.region, "http://127.0.0.1:1", PROXY, loopback=True)
    assert effect_of({"HTTP_PROXY": PROXY}, loopback) == (REFUSED, "NET-005")


# --- ~/.aws/config -----

CONFIG = """
[default]
region = us-east-1

[profile prod]
region = ap-northeast-1
aws_secret_access_key = hunter2-canary
s3 =
    use_accelerate_endpoint = true
    addressing_style = path
services = local

[profile clean]
region = ap-northeast-1

[services local]
s3 =
    endpoint_url = https://s3.elsewhere.example
dynamodb =
    endpoint_url = https://dynamodb.elsewhere.example
"""


def told(environ=None, chosen=None, text=CONFIG):
    return aws_profiles.settings([text], environ or {}, chosen)


def test_a_profile_is_read_for_endpoints_and_nothing_else():
    assert told() == {"default.region": "us-east-1"}
    assert told(chosen="clean") == {"clean.region": "ap-northeast-1"}
    assert told(environ={"AWS_PROFILE": "clean"}) == {"clean.region": "ap-northeast-1"}
    assert told(chosen="clean", environ={"AWS_PROFILE": "prod"}) == told(chosen="clean")
    assert told(chosen="absent") == {}
    assert told(chosen="prod") == {
        "prod.region": "ap-northeast-1",
        "prod.s3.use_accelerate_endpoint": "true",
        "prod.services.s3.endpoint_url": "https://s3.elsewhere.example",
    }


PROFILES = [
    ("prod.region", "us-east-1", AWS, REFUSED, "NET-004"),
    ("prod.region", "ap-northeast-1", AWS, NOTHING, None),
    ("prod.region", "ap-northeast-1", SAKURA, NOTHING, None),
    ("prod.endpoint_url", URL, AWS, REFUSED, "NET-003"),
    ("prod.services.s3.endpoint_url", URL, AWS, REFUSED, "NET-003"),
    ("prod.services.s3.endpoint_url", URL, AZURE, NOTHING, None),
    ("prod.s3.use_accelerate_endpoint", "true", AWS, REFUSED, "RES-006"),
    ("prod.s3.use_accelerate_endpoint", "false", AWS, NOTHING, None),
    ("prod.s3.use_dualstack_endpoint", "true", AWS, REFUSED, "NET-003"),
    ("prod.use_fips_endpoint", "true", AWS, REFUSED, "NET-003"),
    ("prod.s3_use_arn_region", "true", AWS, REFUSED, "NET-003"),
    ("prod.ca_bundle", "/x", AWS, REFUSED, "ENC-006"),
    ("prod.sts_regional_endpoints", "legacy", AWS, NOTED, "NET-011"),
    ("prod.sigv4a_signing_region_set", "*", AWS, REFUSED, "NET-004"),
    ("unreadable", "yes", AWS, "unknown", "NET-003"),
]


@pytest.mark.parametrize(("key", "value", "wanted", "effect", "rule"), PROFILES)
def test_what_a_profile_would_change(key, value, wanted, effect, rule):
    assert effect_of({}, wanted, profile={key: value}) == (effect, rule)


def test_every_key_that_is_read_is_judged():
    for key in aws_profiles.KEYS:
        findings({}, AWS, profile={f"prod.{key}": "x"})


@pytest.mark.parametrize("text", ["no section", "[broken\nx = 1", "unreadable"])
def test_a_config_that_cannot_be_read_is_unknown(text):
    assert told(text=text) == {"unreadable": "yes"}


def test_where_the_files_are():
    home = {"HOME": "/home/a"}
    assert [str(path) for path in aws_profiles.files(home)] == [
        "/home/a/.aws/config",
        "/home/a/.aws/credentials",
    ]
    moved = home | {"AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "/s"}
    assert [str(path) for path in aws_profiles.files(moved)] == ["/home/a/c", "/s"]
