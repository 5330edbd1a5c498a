"""What the environment would do to a store's requests: pure, over a mapping of variables.

Endpoints, regions, proxies and trust come from multistore.toml alone. The clients are told so
too, but not all of them listen (*measured*, obstore 0.12.1): AWS_ENDPOINT_URL_S3 and
AZURE_STORAGE_USE_EMULATOR beat an endpoint that is given in code, and NO_PROXY does not keep
object bytes from HTTP_PROXY. So a variable that would take effect refuses the opening.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from multistore.residency import aws_profiles
from multistore.residency.location import is_loopback
from multistore.residency.ranges import REGIONS_IN_JAPAN
from multistore.residency.reasons import Effect, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from multistore.residency.evidence import Family

_Check = Callable[[str, str, "Wanted"], Reason | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the configuration says, which the environment must not change.

    Attributes:
        family: which variables matter; a store without a network heeds none.
        region: as configured.
        url: the endpoint.
        proxy: the proxy that the configuration names.
        loopback: whether the endpoint is this machine.
    """

    family: Family
    region: str | None
    url: str
    proxy: str | None
    loopback: bool


def findings(
    environ: Mapping[str, str], wanted: Wanted, *, profile: Mapping[str, str] | None = None
) -> tuple[Reason, ...]:
    """Return one reason for every variable that matters: refused where it would take effect.

    ``profile`` is what ``aws_profiles.settings`` found. No value that may hold a secret is
    repeated: of a URL only the host.
    """
    if wanted.family in ("local", "memory"):
        return ()
    found: list[Reason] = []
    for name in sorted(environ):
        value = environ[name].strip()
        if value:
            found += filter(None, [_variable(name, value, wanted)])
    if wanted.family != "azure":
        for key, value in (profile or {}).items():
            found += filter(None, [_profile_key(key, value, wanted)])
    return tuple(found)


def _variable(name: str, value: str, wanted: Wanted) -> Reason | None:
    upper = name.upper()
    check = _ANYWHERE.get(upper)
    # object_store reads every AWS_… and AZURE_… name with its rest in any case.
    if check is None and name.startswith("AWS_") and wanted.family != "azure":
        check = _AWS.get(upper) or _CLIENT.get(upper.removeprefix("AWS_"))
    if check is None and wanted.family == "azure":
        check = _AZURE.get(upper)
        if check is None and name.startswith("AZURE_"):
            check = _CLIENT.get(upper.removeprefix("AZURE_"))
    return check(name, value, wanted) if check is not None else None


def _profile_key(key: str, value: str, wanted: Wanted) -> Reason | None:
    if key == aws_profiles.UNREADABLE:
        return Reason("NET-003", Effect.UNKNOWN, "env.override", {"variable": "~/.aws/config"})
    return _PROFILE[key.rpartition(".")[2]](f"~/.aws/config: {key}", value, wanted)


def _region(name: str, value: str, wanted: Wanted) -> Reason | None:
    """Compare a region. Elsewhere than at AWS the variable names where this process runs."""
    if wanted.family != "aws" and value in REGIONS_IN_JAPAN["aws"]:
        return None
    return _same_region(name, value, wanted)


def _same_region(name: str, value: str, wanted: Wanted) -> Reason | None:
    if value == wanted.region:
        return None
    configured = wanted.region or "-"
    return _refused("NET-004", "env.region", name, value=value[:60], configured=configured)


def _endpoint(name: str, value: str, _wanted: Wanted) -> Reason:
    return _refused("NET-003", "env.endpoint", name, value=_host(value))


def _leads_away(name: str, value: str, _wanted: Wanted) -> Reason | None:
    return _refused("NET-003", "env.global", name, value=value[:40]) if _true(value) else None


def _accelerate(name: str, value: str, _wanted: Wanted) -> Reason | None:
    return _refused("RES-006", "env.global", name, value=value[:40]) if _true(value) else None


def _override(name: str, value: str, wanted: Wanted) -> Reason | None:
    return _always_override(name, value, wanted) if _true(value) else None


def _always_override(name: str, _value: str, wanted: Wanted) -> Reason:
    rule = "NET-011" if wanted.family == "azure" else "NET-003"
    return _refused(rule, "env.override", name)


def _unsafe(name: str, value: str, _wanted: Wanted) -> Reason | None:
    return _refused("ENC-006", "env.override", name) if _true(value) else None


def _plain(name: str, value: str, wanted: Wanted) -> Reason | None:
    return None if wanted.loopback else _unsafe(name, value, wanted)


def _trust(name: str, _value: str, wanted: Wanted) -> Reason:
    if wanted.url.startswith("http://"):
        return _noted(name, "", wanted)
    return _refused("ENC-006", "env.trust", name)


def _telemetry(name: str, value: str, wanted: Wanted) -> Reason:
    if is_loopback(value):
        return _noted(name, value, wanted)
    return _refused("NET-012", "env.override", name)


def _authority(name: str, value: str, wanted: Wanted) -> Reason:
    if _host(value) == "login.microsoftonline.com":
        return _noted(name, value, wanted)
    return _refused("NET-011", "env.authority", name, value=_host(value))


def _regional_authority(name: str, value: str, _wanted: Wanted) -> Reason | None:
    if value in REGIONS_IN_JAPAN["azure"]:
        return None
    return _refused("NET-011", "env.authority", name, value=value[:40])


def _proxy(name: str, value: str, wanted: Wanted) -> Reason:
    if wanted.loopback:
        return _refused("NET-005", "env.proxy-loopback", name, value=_host(value))
    if wanted.proxy is not None and _proxy_parts(value) == _proxy_parts(wanted.proxy):
        return _noted(name, value, wanted)
    return _refused("NET-005", "env.proxy", name, value=_host(value))


def _proxy_parts(url: str) -> tuple[str, str, int | None, str | None, str | None] | None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port or 80
    except ValueError:
        return None
    return parts.scheme, (parts.hostname or "").lower(), port, parts.username, parts.password


def _connection_string(name: str, value: str, wanted: Wanted) -> Reason:
    pairs = (part.split("=", 1) for part in value.split(";") if "=" in part)
    told = {key.strip().lower(): text.strip() for key, text in pairs}
    own = _host(wanted.url)
    protocol = told.get("defaultendpointsprotocol", "https")
    bad = {
        "BlobEndpoint": _host(told.get("blobendpoint", own)) != own,
        "BlobSecondaryEndpoint": "blobsecondaryendpoint" in told,
        "EndpointSuffix": told.get("endpointsuffix", "core.windows.net") != "core.windows.net",
        "DefaultEndpointsProtocol": protocol != "https" and not wanted.loopback,
    }
    if any(bad.values()):
        keys = ", ".join(key for key, wrong in bad.items() if wrong)
        return _refused("NET-003", "env.endpoint", name, value=keys)
    return _noted(name, value, wanted)


def _credentials(name: str, value: str, _wanted: Wanted) -> Reason:
    shown = _host(value) if "://" in value else value[:40]
    values = {"variable": name, "value": shown}
    return Reason("NET-011", Effect.NOTED, "env.credentials", values)


def _noted(name: str, _value: str, _wanted: Wanted) -> Reason:
    return Reason("NET-003", Effect.NOTED, "env.noted", {"variable": name})


def _refused(rule: str, text: str, name: str, **values: str) -> Reason:
    return Reason(rule, Effect.REFUSED, text, {"variable": name, **values})


def _true(value: str) -> bool:
    return value.lower() not in ("0", "false", "no", "off", "n", "f")


def _host(url: str) -> str:
    """Return the host of a URL and nothing else of it: the rest may hold a secret."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.hostname or '?'}{port}"


# --- which variable is held against what ------------------------------------------------------

_ANYWHERE: Mapping[str, _Check] = {
    "HTTP_PROXY": _proxy,
    "HTTPS_PROXY": _proxy,
    "ALL_PROXY": _proxy,
    "NO_PROXY": _noted,
    "REQUESTS_CA_BUNDLE": _trust,
    "CURL_CA_BUNDLE": _trust,
    "SSL_CERT_FILE": _trust,
    "SSL_CERT_DIR": _trust,
}

_AWS: Mapping[str, _Check] = {
    "AWS_REGION": _region,
    "AWS_DEFAULT_REGION": _region,
    "AWS_SIGV4A_SIGNING_REGION_SET": _same_region,
    "AWS_ENDPOINT": _endpoint,
    "AWS_ENDPOINT_URL": _endpoint,
    "AWS_ENDPOINT_URL_S3": _endpoint,
    "AWS_ENDPOINT_URL_S3_CONTROL": _endpoint,
    "AWS_ENDPOINT_URL_STS": _endpoint,
    "AWS_ENDPOINT_URL_KMS": _endpoint,
    "AWS_USE_DUALSTACK_ENDPOINT": _leads_away,
    "AWS_USE_FIPS_ENDPOINT": _leads_away,
    "AWS_S3_USE_ARN_REGION": _leads_away,
    "AWS_S3_EXPRESS": _leads_away,
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": _override,
    "AWS_SKIP_SIGNATURE": _override,
    "AWS_DATA_PATH": _always_override,
    "AWS_CA_BUNDLE": _trust,
    "AWS_CSM_ENABLED": _noted,
    "AWS_CSM_HOST": _telemetry,
    "AWS_CSM_PORT": _noted,
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": _credentials,
    "AWS_METADATA_ENDPOINT": _credentials,
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": _credentials,
    "AWS_STS_REGIONAL_ENDPOINTS": _credentials,
    "AWS_PROFILE": _noted,
    "AWS_DEFAULT_PROFILE": _noted,
    "AWS_CONFIG_FILE": _noted,
    "AWS_SHARED_CREDENTIALS_FILE": _noted,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": _noted,
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": _noted,
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": _noted,
}

_AZURE: Mapping[str, _Check] = {
    "AZURE_STORAGE_ENDPOINT": _endpoint,
    "AZURE_ENDPOINT": _endpoint,
    "AZURE_STORAGE_CONNECTION_STRING": _connection_string,
    "AZURE_STORAGE_USE_EMULATOR": _leads_away,
    "AZURE_USE_EMULATOR": _leads_away,
    "AZURE_USE_FABRIC_ENDPOINT": _leads_away,
    "AZURE_STORAGE_USE_FABRIC_ENDPOINT": _leads_away,
    "AZURE_SKIP_SIGNATURE": _override,
    "AZURE_AUTHORITY_HOST": _authority,
    "AZURE_STORAGE_AUTHORITY_HOST": _authority,
    "AZURE_REGIONAL_AUTHORITY_NAME": _regional_authority,
    "AZURE_SDK_CLOUD_CONF": _always_override,
    "AZURE_POD_IDENTITY_AUTHORITY_HOST": _credentials,
    "AZURE_KUBERNETES_TOKEN_PROXY": _credentials,
    "AZURE_IDENTITY_ENDPOINT": _credentials,
    "AZURE_MSI_ENDPOINT": _credentials,
    "IDENTITY_ENDPOINT": _credentials,
    "IMDS_ENDPOINT": _credentials,
    "MSI_ENDPOINT": _credentials,
}

# What object_store takes for its HTTP client, after AWS_ or AZURE_.
_CLIENT: Mapping[str, _Check] = {
    "PROXY_URL": _proxy,
    "PROXY_CA_CERTIFICATE": _trust,
    "ALLOW_INVALID_CERTIFICATES": _unsafe,
    "ALLOW_HTTP": _plain,
}

_PROFILE: Mapping[str, _Check] = {
    "region": _region,
    "sigv4a_signing_region_set": _same_region,
    "endpoint_url": _endpoint,
    "ca_bundle": _trust,
    "sts_regional_endpoints": _credentials,
    "use_accelerate_endpoint": _accelerate,
    "use_fips_endpoint": _leads_away,
    "use_dualstack_endpoint": _leads_away,
    "s3_use_arn_region": _leads_away,
    "use_arn_region": _leads_away,
}
