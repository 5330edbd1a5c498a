"""From the URL in the configuration to a key service."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from multistore.errors import ConfigurationError
from multistore.keys.kms.base import Kms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GROUP = "multistore.kms"
_OWN = {"local": "multistore.keys.kms.local", "aws-kms": "multistore.keys.kms.aws"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):.*")


def open_kms(url: str, *, base: Path) -> Kms:
    """Make the key service that a URL names. No I/O.

    Raises:
        ConfigurationError: no installed key service has that scheme, the URL does not suit it,
            or the service would be outside Japan.
    """
    match = _SCHEME.fullmatch(url)
    scheme = match[1] if match else ""
    if module := _OWN.get(scheme):
        make = cast("Callable[..., object]", import_module(module).from_url)
    else:
        others = entry_points(group=GROUP)
        found = [entry for entry in others if entry.name == scheme]
        if not found:
            known = ", ".join(sorted({*_OWN, *others.names}))
            raise ConfigurationError(
                f"there is no key service {scheme or url.split(':', 1)[0]!r}; there are {known}",
                hint='Write keys = "local:keys/" or keys = "aws-kms://ap-northeast-1".',
            )
        make = cast("Callable[..., object]", found[0].load())
    kms = make(url, base=base)
    if not isinstance(kms, Kms):
        raise ConfigurationError(f"the key service {scheme!r} does not fit the protocol Kms")
    return kms
