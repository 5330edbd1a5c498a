"""Taking evidence: DNS, TLS, documents, mounts, the service's own word. All the I/O there is.

Nothing here judges, and nothing raises for what it finds: what could not be seen becomes a piece
of evidence that says so.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import socket
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from multistore.errors import MultistoreError
from multistore.residency.evidence import Item, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from multistore.residency.ranges import IPAddress, Published
    from multistore.stores.base import Placement

TIMEOUT_SECONDS = 10.0


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _digest(value: object) -> str:
    return _sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


# --- addresses ----------------------------------------------------------------------------------


def resolve(
    host: str, ranges: Sequence[Published], *, of: str | None, kind: Kind = Kind.ADDRESSES
) -> Item:
    """Resolve a host, and look up every address in the published ranges.

    Args:
        host: the name.
        ranges: the editions; that of the operator ``of`` says what is in Japan.
        of: ``aws`` or ``azure``, or None: then a hit in any range only tells whose it is.
        kind: which evidence it is to be.
    """
    own = next((edition for edition in ranges if edition.provider == of), None)
    value: dict[str, Any] = {"host": host}
    if own is not None:
        dated = own.dated.isoformat()
        value |= {"source": own.source, "token": own.token, "dated": dated}
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except socket.gaierror as error:
        value["error"] = str(error.strerror)
        value["absent"] = error.errno == socket.EAI_NONAME
        return Item(kind, value, "getaddrinfo", now())
    except (OSError, UnicodeError) as error:
        value["error"] = type(error).__name__
        return Item(kind, value, "getaddrinfo", now())
    canonical = next((answer[3] for answer in answers if answer[3]), "")
    value["canonical"] = canonical.lower()
    found = sorted({str(answer[4][0]).partition("%")[0] for answer in answers})
    value["addresses"] = [_place(ipaddress.ip_address(text), ranges, own) for text in found]
    return Item(kind, value, "getaddrinfo", now(), sha256=_digest(found))


def _place(
    address: IPAddress, ranges: Iterable[Published], own: Published | None
) -> dict[str, str]:
    entry = {"address": str(address)}
    if address.is_loopback:
        return entry | {"where": "loopback"}
    if address.is_private or address.is_link_local:
        return entry | {"where": "private"}
    for edition in ranges:
        block = edition.locate(address)
        if block is None or (own is not None and edition is not own):
            continue
        entry |= {"operator": edition.provider, "region": block.region, "group": block.group}
        if edition.japanese(block):
            return entry | {"where": "japan"}
        if edition.abroad(block):
            return entry | {"where": "abroad"}
    return entry | {"where": "unlisted"}


def proxied(host: str) -> Item:
    """Record that a named proxy resolves the host, so that nothing is learnt from its name."""
    return Item(Kind.ADDRESSES, {"host": host, "proxied": True, "addresses": []}, "-", now())


# --- TLS ------------------------------------------------------------------------------------------


def handshake(
    host: str,
    port: int,
    *,
    proxy: str | None = None,
    context: ssl.SSLContext | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Item:
    """Shake hands with the endpoint and describe what it showed. No request is sent.

    Certificate and host name are verified against the system's authorities, from TLS 1.2 on;
    through the named proxy by CONNECT.
    """
    if context is None:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    value: dict[str, Any] = {"host": host, "port": port}
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(_connected(host, port, proxy, timeout))
            wrapped = stack.enter_context(context.wrap_socket(raw, server_hostname=host))
            certificate = wrapped.getpeercert(binary_form=True) or b""
            cipher = wrapped.cipher()
            value |= {"version": wrapped.version(), "cipher": cipher[0] if cipher else None}
            value |= _certificate(certificate)
    except ssl.SSLError as error:
        value |= {"error": _tls_error(error), "failure": "rejected"}
        return Item(Kind.TLS, value, "TLS handshake", now())
    except (OSError, ValueError) as error:
        text = getattr(error, "strerror", None) or str(error) or type(error).__name__
        value |= {"error": str(text), "failure": "unreachable"}
        return Item(Kind.TLS, value, "TLS handshake", now())
    return Item(Kind.TLS, value, "TLS handshake", now(), sha256=_sha256(certificate))


def _tls_error(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.reason or type(error).__name__


def _connected(host: str, port: int, proxy: str | None, timeout: float) -> socket.socket:
    if proxy is None:
        return socket.create_connection((host, port), timeout)
    parts = urlsplit(proxy)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout)
    try:
        name = f"[{host}]" if ":" in host else host
        lines = [f"CONNECT {name}:{port} HTTP/1.1", f"Host: {name}:{port}"]
        if parts.username is not None:
            secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            encoded = base64.b64encode(secret.encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {encoded}")
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        _await_tunnel(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _await_tunnel(connection: socket.socket) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(1)  # not one byte of the handshake may be taken away
        if not piece or len(answer) > 16_384:
            raise ConnectionError("the proxy gave no answer")
        answer += piece
    if answer.split(b" ", 2)[1:2] != [b"200"]:
        raise ConnectionError("the proxy refused to connect")


def _certificate(der: bytes) -> dict[str, Any]:
    from cryptography import x509  # noqa: PLC0415  # costs 60 ms at import
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    parsed = x509.load_der_x509_certificate(der)
    key = parsed.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        kind, bits = "RSA", key.key_size
    elif isinstance(key, ec.EllipticCurvePublicKey):
        kind, bits = "EC", key.curve.key_size
    elif isinstance(key, ed25519.Ed25519PublicKey):
        kind, bits = "Ed25519", 256
    elif isinstance(key, ed448.Ed448PublicKey):
        kind, bits = "Ed448", 456
    else:
        kind, bits = type(key).__name__, 0

    def organisation(name: x509.Name) -> str | None:
        for field in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
            found = name.get_attributes_for_oid(field)
            if found:
                return str(found[0].value)
        return None

    names: list[str] = []
    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
        names += [str(a) for a in extension.value.get_values_for_type(x509.IPAddress)]
    except x509.ExtensionNotFound:
        pass
    hashed = parsed.signature_hash_algorithm
    public = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "issuer": organisation(parsed.issuer),
        "subject": organisation(parsed.subject),
        "names": names,
        "key": kind,
        "bits": bits,
        "key_sha256": _sha256(public),
        "signature_hash": hashed.name if hashed else None,
        "not_after": parsed.not_valid_after_utc.isoformat(),
    }


# --- documents, the service ---------------------------------------------------------------------


def document(path: Path) -> dict[str, str | None]:
    """Hash the document of a claim. Cost: one read of it."""
    try:
        return {"found": _sha256(path.read_bytes())}
    except OSError as error:
        return {"found": None, "error": error.strerror or type(error).__name__}


def ask(placement: Callable[[], Placement], *, call: str) -> tuple[Item, ...]:
    """Ask the service where the bucket is; also how far its clock is from ours, if it says.

    ``call`` names the question where it fails before it could name itself. Cost: one or two
    requests, which change nothing.
    """
    before = now()
    try:
        found = placement()
    except MultistoreError as error:
        parts = (type(error).__name__, error.code, error.status and str(error.status))
        failure: dict[str, Any] = {
            "error": " ".join(part for part in parts if part),
            "code": error.code,
            "status": error.status,
        }
        return (Item(Kind.SERVICE, failure, call, now(), request_id=error.request_id),)
    after = now()
    raw = {str(name): str(text) for name, text in found.raw.items()}
    value: dict[str, Any] = {
        "region": found.region,
        "location_type": found.location_type,
        "location_name": found.location_name,
        "secondary": found.secondary,
        "replicas": None if found.replicas is None else list(found.replicas),
        "redundancy": found.redundancy,
        "raw": raw,
    }
    item = Item(
        Kind.SERVICE, value, found.call, after, request_id=found.request_id, sha256=_digest(value)
    )
    return (item, *_clock(raw, before, after, found.call))


def _clock(raw: dict[str, str], before: datetime, after: datetime, call: str) -> tuple[Item, ...]:
    dated = next((text for name, text in raw.items() if name.lower() == "date"), None)
    if dated is None:
        return ()
    try:
        theirs = parsedate_to_datetime(dated)
    except ValueError:
        return ()
    # The header has whole seconds, cut off: its middle is half a second later.
    middle = before + (after - before) / 2
    offset = (middle - theirs).total_seconds() - 0.5
    value = {"offset": round(offset, 3), "date": dated}
    return (Item(Kind.CLOCK, value, call, after),)
