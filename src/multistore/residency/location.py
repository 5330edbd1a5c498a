"""An endpoint's URL, taken apart and held to its shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from multistore.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True, slots=True)
class Location:
    """An endpoint's URL, taken apart and held to its shape."""

    scheme: Literal["http", "https"]
    host: str
    port: int | None
    path: str

    @property
    def netloc(self) -> str:
        """The host, and the port where the URL names one that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = {"http": 80, "https": 443}[self.scheme]
        return host if self.port in (None, own) else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine: 127.0.0.0/8, ::1, or the name localhost."""
        return is_loopback(self.host)

    @classmethod
    def parse(cls, url: str, *, store: str) -> Location:
        """Take a URL apart.

        Raises:
            ConfigurationError: it is not https://host[:port][/path] (or http), or carries
                credentials, a query or a fragment.
        """
        hint = "Write https://host, with a port or a path only where the operator has one."
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigurationError(f"stores.{store}.endpoint is not a URL", hint=hint) from None
        host = (parts.hostname or "").lower()
        wrong = (
            parts.username is not None
            or parts.password is not None
            or parts.query
            or parts.fragment
            or not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", parts.path)
        )
        if wrong or not (_is_ip(host) or _NAME.fullmatch(host) or host == "localhost"):
            raise ConfigurationError(
                f"stores.{store}.endpoint is not the plain address of a service", hint=hint
            )
        if parts.scheme == "http":
            return cls("http", host, port, parts.path.rstrip("/"))
        if parts.scheme == "https":
            return cls("https", host, port, parts.path.rstrip("/"))
        raise ConfigurationError(f"stores.{store}.endpoint is neither https nor http", hint=hint)


def is_loopback(host: str) -> bool:
    """Whether a host, as written, is this machine."""
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_loopback)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
