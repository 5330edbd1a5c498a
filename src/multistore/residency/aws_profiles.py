"""What ~/.aws/config would tell the SDK about endpoints; pure, and blind to its secrets."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEYS = frozenset(
    {
        "region",
        "endpoint_url",
        "use_fips_endpoint",
        "use_dualstack_endpoint",
        "use_accelerate_endpoint",
        "s3_use_arn_region",
        "use_arn_region",
        "ca_bundle",
        "sts_regional_endpoints",
        "sigv4a_signing_region_set",
    }
)
SERVICES = frozenset({"s3", "s3_control", "sts", "kms"})
UNREADABLE = "unreadable"


def files(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where the SDK looks: its config file, then its credentials file.

    Both may hold settings of a profile; of the second only the keys named here are ever read.
    """
    home = environ.get("HOME", "~")
    found = (
        environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
        environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials",
    )
    return tuple(Path(f"{home}{name[1:]}" if name.startswith("~/") else name) for name in found)


def settings(
    texts: Iterable[str], environ: Mapping[str, str], chosen: str | None
) -> dict[str, str]:
    """Return what the profiles in use say about endpoints, as ``profile.key`` → value.

    The profiles in use are the chosen one, or those that AWS_PROFILE and AWS_DEFAULT_PROFILE
    name, or ``default``. A text that is no such file gives the one key ``unreadable``.
    """
    named = (environ.get("AWS_PROFILE"), environ.get("AWS_DEFAULT_PROFILE"))
    used = {chosen} if chosen else {name for name in named if name} or {"default"}
    found: dict[str, str] = {}
    for text in texts:
        parser = configparser.RawConfigParser(strict=False, default_section="\0")
        try:
            parser.read_string(text)
        except configparser.Error:
            return {UNREADABLE: "yes"}
        for profile in used:
            for section in (profile, f"profile {profile}"):
                if parser.has_section(section):
                    found |= _profile(parser, section, profile)
    return found


def _profile(parser: configparser.RawConfigParser, section: str, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in parser.items(section):
        if key in KEYS and value:
            found[f"{name}.{key}"] = value.strip()
        if key == "s3":
            for inner, nested in _nested(value).items():
                if inner in KEYS:
                    found[f"{name}.s3.{inner}"] = nested
        if key == "services" and parser.has_section(f"services {value}"):
            for service, block in parser.items(f"services {value}"):
                nested_url = _nested(block).get("endpoint_url")
                if service in SERVICES and nested_url:
                    found[f"{name}.services.{service}.endpoint_url"] = nested_url
    return found


def _nested(block: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in block.splitlines() if "=" in line)
    return {key.strip().lower(): value.strip() for key, value in pairs}
