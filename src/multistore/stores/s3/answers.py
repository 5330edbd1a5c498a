"""What an S3 service said, out of what the two SDKs raise.

botocore gives a parsed answer. obstore gives text only, in which the answer's XML stands as the
service sent it; only its Code, Message, RequestId and Region are read. Nothing else of either
goes on: not the string that was signed, not a header, not an address with its query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import botocore.parsers

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS = re.compile(r"non-2xx status code: (\d{3})")
_ELEMENT = re.compile(r"<(Code|Message|RequestId|Region)>([^<]{0,1000})</")
# What Provider raised: its own sentence, without where and what to do.
_CREDENTIALS = re.compile(r"credential provider: \w+: (no credentials for S3: .*?)(?: \(code|$)")
# Words that an answer may repeat back: keys, signatures, tokens.
_SECRET = re.compile(
    r"(?i)(AWSAccessKeyId|Signature|Credential|Authorization|Token|SecretKey)[=: ]+\S+"
    r"|(?<![A-Z0-9])A[KS]IA[A-Z0-9]{12,}|\?\S+"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One refusal, or None in every field where no answer came.

    Attributes:
        code: the service's error code, or one of ours for what happens before any answer.
        status: the HTTP status.
        message: the service's sentence, without what may be a secret.
        request_id: for its support desk.
        region: where the service says that the bucket lies.
        headers: of the answer, lower-case (botocore only).
    """

    code: str | None = None
    status: int | None = None
    message: str | None = None
    request_id: str | None = None
    region: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


_BY_CLASS: tuple[tuple[type[Exception], str], ...] = (
    # Outer classes after inner ones: the first match counts.
    (botocore.exceptions.NoCredentialsError, "NoCredentials"),
    (botocore.exceptions.PartialCredentialsError, "NoCredentials"),
    (botocore.exceptions.CredentialRetrievalError, "NoCredentials"),
    (botocore.exceptions.TokenRetrievalError, "NoCredentials"),
    (botocore.exceptions.SSOError, "NoCredentials"),
    (botocore.exceptions.ConnectTimeoutError, "ConnectTimeout"),
    (botocore.exceptions.ReadTimeoutError, "ReadTimeout"),
    (botocore.exceptions.ProxyConnectionError, "ProxyFailed"),
    (botocore.exceptions.SSLError, "TlsFailed"),
    (botocore.exceptions.EndpointConnectionError, "ConnectFailed"),
    (botocore.exceptions.HTTPClientError, "ConnectionLost"),
    (botocore.exceptions.IncompleteReadError, "ConnectionLost"),
    (botocore.exceptions.ResponseStreamingError, "ConnectionLost"),
    (botocore.parsers.ResponseParserError, "UnreadableAnswer"),
    (botocore.exceptions.ParamValidationError, "InvalidArgument"),
)
_BY_TEXT = (
    ("External AWS credential provider", "NoCredentials"),
    ("Received non-partial response when range requested", "NotPartial"),
    ("Received redirect without LOCATION", "PermanentRedirect"),
    ("too many redirects", "PermanentRedirect"),
    ("Got invalid", "UnreadableAnswer"),
    ("invalid peer certificate", "TlsFailed"),
    ("tunnel error", "ProxyFailed"),
    ("proxy", "ProxyFailed"),
    ("dns error", "ConnectFailed"),
    ("tcp connect error", "ConnectFailed"),
    ("Connection refused", "ConnectFailed"),
    ("kind: Timeout", "ReadTimeout"),
    ("TimedOut", "ReadTimeout"),
    ("operation timed out", "ReadTimeout"),
    ("error decoding response body", "ConnectionLost"),
    ("IncompleteMessage", "ConnectionLost"),
    ("error sending request", "ConnectionLost"),
    ("HTTP error", "ConnectionLost"),
)


def of_botocore(error: BaseException) -> Answer:
    """Read what botocore raised."""
    if isinstance(error, botocore.exceptions.ClientError):
        return of_response(error.response)
    for kind, code in _BY_CLASS:
        if isinstance(error, kind):
            return Answer(code=code)
    return Answer(code=type(error).__name__)


def unreadable(response: Mapping[str, Any], message: str) -> Answer:
    """Make a refusal out of an answer that promised success and is none of S3's."""
    return replace(of_response(response), code="UnreadableAnswer", message=message)


def of_response(response: Mapping[str, Any]) -> Answer:
    """Read a parsed answer of botocore."""
    told, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    headers = meta.get("HTTPHeaders", {})
    code = told.get("Code")
    return Answer(
        # Where an answer has no body, as to a HEAD, botocore puts the status there.
        code=None if not code or str(code).isdigit() else str(code),
        status=meta.get("HTTPStatusCode"),
        message=clean(told.get("Message")),
        request_id=meta.get("RequestId") or headers.get("x-amz-request-id"),
        region=told.get("Region") or headers.get("x-amz-bucket-region"),
        headers=headers,
    )


def of_obstore(error: BaseException, *, name: str) -> Answer:
    """Read what obstore raised; ``name`` is the object's, whose text is not the service's."""
    text = str(error).replace(f"location {name} ", "").replace(f"path {name}:", "")
    text, _, debug = text.partition("\n\nDebug source")
    status = _STATUS.search(text)
    if status is None:
        for mark, code in _BY_TEXT:
            if mark in text or mark in debug:
                ours = _CREDENTIALS.search(text)
                return Answer(code=code, message=ours[1] if ours else None)
        return Answer(code=type(error).__name__)
    told = {tag: unescape(value) for tag, value in reversed(_ELEMENT.findall(text))}
    return Answer(
        code=told.get("Code"),
        status=int(status[1]),
        message=clean(told.get("Message")),
        request_id=told.get("RequestId"),
        region=told.get("Region"),
    )


def clean(message: str | None) -> str | None:
    """Return a service's sentence, one line and 300 letters of it, without what may be a secret."""
    if not message:
        return None
    return _SECRET.sub("[…]", " ".join(message.split()))[:300]
