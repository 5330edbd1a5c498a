"""The table from S3's error codes to multistore.errors, and the hint that goes with each.

The code decides. The HTTP status decides only where there is no code, or one that nobody here
knows: that one is kept. Sources: the list of error codes in the Amazon S3 API reference, the code
lists of Ceph RGW 16 and MinIO, and the failures that users of S3-compatible clouds report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from multistore import errors
from multistore.stores.doubt import hint_for
from multistore.stores.s3.answers import Answer, of_botocore, of_obstore

if TYPE_CHECKING:
    from multistore.stores.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Row:
    """What one code means: the class to raise, the next step, and whether to try again."""

    kind: type[errors.MultistoreError]
    hint: str | None = None
    retryable: bool | None = None


_CHECKSUM = (
    "The service does not understand the SDK's checksums: set sdk_checksums = false in its profile."
)
_REGION = "Write the bucket's own region into the store's entry."
_CLOCK = "Set this machine's clock (NTP): S3 allows 15 minutes."
_LATER = "Try again later, with fewer requests at a time."
_UNKNOWN_WRITE = "Whether a write took effect is not known; read it back."
_STYLE = 'Try addressing = "path" (or "virtual") in the store\'s entry.'
_LOCK = "A hold, a lock or a retention period protects it."

TABLE: dict[str, Row] = {
    # Not there.
    "NoSuchKey": Row(errors.NotFoundError),
    "NoSuchVersion": Row(errors.NotFoundError),
    "NoSuchUpload": Row(
        errors.NotFoundError, "The upload was completed or aborted; read the object back."
    ),
    "NoSuchBucket": Row(errors.NotFoundError, f"Check the bucket's name and region. {_STYLE}"),
    # Known, and refused.
    "AccessDenied": Row(
        errors.AccessDeniedError, "Grant the caller this action on the bucket and the object."
    ),
    "AllAccessDisabled": Row(errors.AccessDeniedError, "The provider has closed this bucket."),
    "AccountProblem": Row(errors.AccessDeniedError, "Ask the provider about the account."),
    "UserSuspended": Row(errors.AccessDeniedError, "Ask the provider about the account."),
    # Not known.
    "NoCredentials": Row(
        errors.UnauthenticatedError, "Check what the store's credentials entry points to."
    ),
    "InvalidAccessKeyId": Row(
        errors.UnauthenticatedError,
        "The access key is unknown here: another provider's or deleted?",
    ),
    "SignatureDoesNotMatch": Row(
        errors.UnauthenticatedError,
        "In this order: the secret key, the clock, the region, a proxy that changes headers, "
        "non-ASCII names or metadata (ascii_names), path or virtual addressing.",
    ),
    "XAmzContentSHA256Mismatch": Row(errors.UnsupportedError, _CHECKSUM),
    "RequestTimeTooSkewed": Row(errors.UnauthenticatedError, _CLOCK),
    "RequestExpired": Row(errors.UnauthenticatedError, _CLOCK),
    "AuthorizationHeaderMalformed": Row(errors.UnauthenticatedError, _REGION),
    "ExpiredToken": Row(errors.UnauthenticatedError, "Renew the credentials.", retryable=True),
    "ExpiredTokenException": Row(
        errors.UnauthenticatedError, "Renew the credentials.", retryable=True
    ),
    "InvalidToken": Row(errors.UnauthenticatedError, "Renew the credentials."),
    "TokenRefreshRequired": Row(errors.UnauthenticatedError, "Renew the credentials."),
    "InvalidSecurity": Row(errors.UnauthenticatedError),
    "MissingSecurityHeader": Row(errors.UnauthenticatedError),
    "CredentialsNotSupported": Row(errors.UnauthenticatedError),
    "AuthorizationQueryParametersError": Row(errors.UnauthenticatedError, _REGION),
    # Elsewhere: never followed.
    "PermanentRedirect": Row(errors.ResidencyError, _REGION),
    "TemporaryRedirect": Row(errors.ResidencyError, _REGION),
    "Redirect": Row(errors.ResidencyError, _REGION),
    "IllegalLocationConstraintException": Row(errors.ResidencyError, _REGION),
    # Conditions and states.
    "PreconditionFailed": Row(errors.PreconditionFailedError),
    "ConditionalRequestConflict": Row(
        errors.ConflictError, "Another writer was at it; try again.", retryable=True
    ),
    "OperationAborted": Row(
        errors.ConflictError, "Another change to the same bucket is under way.", retryable=True
    ),
    "BucketNotEmpty": Row(errors.ConflictError),
    "InvalidObjectState": Row(
        errors.ConflictError, "It is archived; restore it at the provider first."
    ),
    "ObjectAlreadyInActiveTierError": Row(errors.ConflictError),
    "ObjectLocked": Row(errors.RetainedError, _LOCK),
    "ObjectUnderRetention": Row(errors.RetainedError, _LOCK),
    # What the service does not do.
    "NotImplemented": Row(
        errors.UnsupportedError, "multistore probe finds out what this service does."
    ),
    "MethodNotAllowed": Row(
        errors.UnsupportedError, "The version is a delete marker, or the service has no such call."
    ),
    "NotPartial": Row(
        errors.UnsupportedError, "The service answered a range with the whole object."
    ),
    "MissingContentMD5": Row(errors.UnsupportedError, _CHECKSUM),
    "InvalidDigest": Row(errors.UnsupportedError, _CHECKSUM),
    "UnsupportedHeader": Row(errors.UnsupportedError, _CHECKSUM),
    "MissingContentLength": Row(
        errors.UnsupportedError, f"A proxy re-chunked the body, or: {_CHECKSUM}"
    ),
    # Damaged on the way.
    "BadDigest": Row(errors.UnavailableError, "The body was damaged on its way; try again."),
    "IncompleteBody": Row(errors.UnavailableError, "The body was cut off on its way; try again."),
    # Arguments.
    "InvalidArgument": Row(errors.InvalidArgumentError),
    "InvalidRequest": Row(errors.InvalidArgumentError),
    "InvalidRange": Row(errors.InvalidArgumentError),
    "InvalidURI": Row(errors.InvalidArgumentError),
    "InvalidBucketName": Row(errors.InvalidArgumentError, _STYLE),
    "KeyTooLongError": Row(errors.InvalidArgumentError, "Shorten the key."),
    "InvalidObjectName": Row(
        errors.InvalidArgumentError, "Does this service take ASCII names only? Set ascii_names."
    ),
    "EntityTooLarge": Row(errors.InvalidArgumentError, "Raise part_size, or split the object."),
    "EntityTooSmall": Row(errors.InvalidArgumentError, "Raise part_size: S3 wants 5 MiB or more."),
    "InvalidPart": Row(errors.InvalidArgumentError),
    "InvalidPartOrder": Row(errors.InvalidArgumentError),
    "MalformedXML": Row(errors.InvalidArgumentError),
    "MetadataTooLarge": Row(errors.InvalidArgumentError, "S3 allows 2 KiB of metadata."),
    "QuotaExceeded": Row(
        errors.ConflictError, "The quota of the bucket or the account is used up."
    ),
    # Come back later.
    "SlowDown": Row(errors.UnavailableError, _LATER),
    "Throttling": Row(errors.UnavailableError, _LATER),
    "ThrottlingException": Row(errors.UnavailableError, _LATER),
    "TooManyRequests": Row(errors.UnavailableError, _LATER),
    "RequestLimitExceeded": Row(errors.UnavailableError, _LATER),
    "BandwidthLimitExceeded": Row(errors.UnavailableError, _LATER),
    "ServiceUnavailable": Row(errors.UnavailableError, _LATER),
    "InternalError": Row(errors.UnavailableError, _UNKNOWN_WRITE),
    "RequestTimeout": Row(errors.UnavailableError, "The line is too slow for the part size."),
    # No answer.
    "ConnectFailed": Row(
        errors.UnavailableError, "Check the endpoint's name, the network and the firewall."
    ),
    "ConnectTimeout": Row(errors.UnavailableError, "Check the network and the firewall."),
    "ReadTimeout": Row(errors.UnavailableError, _UNKNOWN_WRITE),
    "ConnectionLost": Row(errors.UnavailableError, _UNKNOWN_WRITE),
    "ProxyFailed": Row(errors.UnavailableError, "Check the proxy that the configuration names."),
    "TlsFailed": Row(
        errors.UnavailableError,
        "The certificate does not fit: a proxy in between, or dots in the bucket's name "
        'with addressing = "virtual".',
        retryable=False,
    ),
    "UnreadableAnswer": Row(errors.UnavailableError, "Is this the address of an S3 service?"),
}

BY_STATUS: dict[int, Row] = {
    400: Row(
        errors.InvalidArgumentError,
        f"An S3 service that says no more may mean the region, the clock or the style. {_STYLE}",
    ),
    401: Row(errors.UnauthenticatedError, "Check what the store's credentials entry points to."),
    403: TABLE["AccessDenied"],
    404: Row(errors.NotFoundError),
    405: TABLE["MethodNotAllowed"],
    408: TABLE["RequestTimeout"],
    409: Row(errors.ConflictError),
    411: TABLE["MissingContentLength"],
    412: TABLE["PreconditionFailed"],
    413: TABLE["EntityTooLarge"],
    416: TABLE["InvalidRange"],
    429: TABLE["TooManyRequests"],
    501: TABLE["NotImplemented"],
    507: TABLE["QuotaExceeded"],
}
_REDIRECT = Row(errors.ResidencyError, _REGION)
_SERVER = Row(errors.UnavailableError, _UNKNOWN_WRITE)
_OTHER = Row(errors.MultistoreError)
_KMS = Row(errors.KeyUnavailableError, "The bucket's own KMS key is missing, disabled or denied.")

# Access denied and invalid requests where the sentence says more than the code.
_TOLD = (
    (
        ("object lock", "legal hold", "retention", "worm", "retained"),
        Row(errors.RetainedError, _LOCK),
    ),
    (
        ("checksum", "sdk-checksum", "content-md5", "aws-chunked"),
        Row(errors.UnsupportedError, _CHECKSUM),
    ),
    (("region",), Row(errors.UnauthenticatedError, _REGION)),
)
_VAGUE = frozenset({"AccessDenied", "InvalidRequest", "InvalidArgument", "Conflict", "Forbidden"})


def row(answer: Answer) -> Row:
    """Return what an answer means."""
    code, status, message = answer.code, answer.status, (answer.message or "").lower()
    if code in _VAGUE:
        for words, meaning in _TOLD:
            if any(word in message for word in words):
                return meaning
    if code is not None and code in TABLE:
        return TABLE[code]
    if code is not None and code.startswith("KMS."):
        return _KMS
    if status is None:
        return _OTHER
    if 300 <= status < 400:
        return _REDIRECT
    return BY_STATUS.get(status) or (_SERVER if status >= 500 else _OTHER)


def error_of(
    answer: Answer, *, operation: str, endpoint: Endpoint, name: str | None = None
) -> errors.MultistoreError:
    """Return the error to raise for an answer."""
    meaning = row(answer)
    said = answer.message or answer.code or (f"status {answer.status}" if answer.status else "")
    hint = hint_for(operation, meaning.hint, of_doubt=_UNKNOWN_WRITE)
    if answer.region and answer.region != endpoint.region and hint == _REGION:
        hint = (
            f"The bucket lies in {answer.region}; this store's entry says {endpoint.region}. "
            "Nothing is sent there."
        )
    return meaning.kind(
        f"S3 {operation}: {said or 'failed without an answer'}",
        operation=operation,
        key=name,
        code=answer.code,
        status=answer.status,
        request_id=answer.request_id,
        retryable=meaning.retryable,
        hint=hint,
    )


def from_botocore(
    error: BaseException, *, operation: str, endpoint: Endpoint, name: str | None = None
) -> errors.MultistoreError:
    """Translate what botocore raised; our own errors, such as the pin's, pass."""
    if isinstance(error, errors.MultistoreError):
        return error.locate(operation=operation, key=name)
    return error_of(of_botocore(error), operation=operation, endpoint=endpoint, name=name)


def from_obstore(
    error: BaseException, *, operation: str, endpoint: Endpoint, name: str
) -> errors.MultistoreError:
    """Translate what obstore raised."""
    return error_of(of_obstore(error, name=name), operation=operation, endpoint=endpoint, name=name)
