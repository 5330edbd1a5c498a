"""What Azure Blob answered, as one of multistore.errors: by its error code, then by the status.

Sources of the codes: Microsoft Learn, "Common REST API error codes" and "Blob service error
codes"; those that Azurite gives are tested against it, the rest against recorded answers. An
unknown code is judged by the HTTP status and kept. The service's own sentences are not repeated:
some hold the string that was signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from multistore.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ConflictError,
    InvalidArgumentError,
    MultistoreError,
    NotFoundError,
    PreconditionFailedError,
    ResidencyError,
    RetainedError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
)
from multistore.stores.doubt import hint_for


class Meaning(NamedTuple):
    """What a code means here: which error, in which words, and what to do."""

    kind: type[MultistoreError]
    says: str
    hint: str | None = None
    retryable: bool | None = None


_LEASE = "End the lease, or wait until it ends."
_CLOCK = "Set this machine's clock: the service accepts 15 minutes of difference."
_UNKNOWN = "Whether a write took effect is not known: read it back."
_ROLE = "Give the identity the role Storage Blob Data Contributor on the container."

MEANINGS: dict[str, Meaning] = {
    # What is, or is not, there.
    "BlobNotFound": Meaning(NotFoundError, "there is no such object"),
    "ResourceNotFound": Meaning(NotFoundError, "there is no such object"),
    "ContainerNotFound": Meaning(
        NotFoundError, "there is no such container", "Create it, or correct bucket in the store."
    ),
    "BlobAlreadyExists": Meaning(AlreadyExistsError, "an object of this name exists"),
    "ContainerAlreadyExists": Meaning(AlreadyExistsError, "the container exists"),
    # Conditions.
    "ConditionNotMet": Meaning(
        PreconditionFailedError,
        "the object is not the one that was asked for",
        "Somebody else wrote in between: read it again.",
    ),
    "SourceConditionNotMet": Meaning(
        PreconditionFailedError,
        "the source changed while it was copied",
        "Read it again, and copy that.",
    ),
    "TargetConditionNotMet": Meaning(PreconditionFailedError, "the target changed meanwhile"),
    "BlobModifiedWhileReading": Meaning(PreconditionFailedError, "the object changed while read"),
    # Holds and retention.
    "BlobImmutableDueToPolicy": Meaning(
        RetainedError,
        "a retention period or a legal hold protects the object",
        "It can go when the period has ended and the hold is lifted.",
    ),
    "BlobImmutableDueToLegalHold": Meaning(
        RetainedError, "a legal hold protects the object", "It can go when the hold is lifted."
    ),
    "ContainerImmutabilityPolicyFailure": Meaning(
        RetainedError, "the container's immutability policy forbids it"
    ),
    "BlobUsesCustomerSpecifiedEncryption": Meaning(
        ConflictError, "the object is encrypted with a key of its caller's"
    ),
    # States that forbid it just now.
    "LeaseIdMissing": Meaning(ConflictError, "somebody holds a lease on it", _LEASE),
    "LeaseIdMismatchWithBlobOperation": Meaning(ConflictError, "another lease is held", _LEASE),
    "LeaseIdMismatchWithContainerOperation": Meaning(
        ConflictError, "another lease is held", _LEASE
    ),
    "LeaseAlreadyPresent": Meaning(ConflictError, "somebody holds a lease on it", _LEASE),
    "LeaseLost": Meaning(ConflictError, "the lease has ended"),
    "SnapshotsPresent": Meaning(
        ConflictError, "the object has snapshots", "Delete its snapshots first."
    ),
    "OperationNotAllowedOnRootBlob": Meaning(
        ConflictError, "the version is the current one", "Delete it without a version first."
    ),
    "PendingCopyOperation": Meaning(ConflictError, "a copy to this name is under way"),
    "ContainerBeingDeleted": Meaning(
        ConflictError, "the container is being deleted", "Wait half a minute.", retryable=True
    ),
    "InvalidBlobType": Meaning(
        ConflictError, "the object is an append or a page blob", "Delete it first."
    ),
    "BlobArchived": Meaning(
        ConflictError, "the object is in the archive tier", "Rehydrate it, which takes hours."
    ),
    "BlobBeingRehydrated": Meaning(
        ConflictError, "the object is coming back from the archive", "Wait.", retryable=True
    ),
    "InvalidBlockList": Meaning(
        ConflictError,
        "another upload to this name was finished meanwhile, and took this one's blocks away",
        "Nothing of this upload is visible; put it again.",
        retryable=True,
    ),
    "InvalidBlobOrBlock": Meaning(
        ConflictError,
        "an unfinished upload of another program lies under this name",
        "Abort it (its block ids have another length), or wait a week until it is collected.",
    ),
    "ResourceTypeMismatch": Meaning(ConflictError, "something of another type has this name"),
    # Who asks.
    "AuthenticationFailed": Meaning(
        UnauthenticatedError,
        "the service does not accept the signature",
        "Compare the account key, or the shared access signature, with the account's.",
    ),
    "InvalidAuthenticationInfo": Meaning(
        UnauthenticatedError,
        "the service does not accept the credentials",
        "See that the token is for Azure Storage, of this tenant, and has not ended.",
    ),
    "NoAuthenticationInformation": Meaning(
        UnauthenticatedError, "the request was not authorised", "Name credentials in the store."
    ),
    "KeyBasedAuthenticationNotPermitted": Meaning(
        UnauthenticatedError,
        "the account takes no keys",
        "Leave credentials out, to use Entra ID.",
    ),
    "AccountIsDisabled": Meaning(
        AccessDeniedError, "the storage account is disabled", "See its subscription."
    ),
    "AuthorizationFailure": Meaning(
        AccessDeniedError,
        "the service refuses",
        "See the account's firewall and the permissions of the credentials.",
    ),
    "AuthorizationPermissionMismatch": Meaning(
        AccessDeniedError, "the credentials do not allow this operation", _ROLE
    ),
    "InsufficientAccountPermissions": Meaning(
        AccessDeniedError, "the credentials do not allow this operation", _ROLE
    ),
    "AuthorizationSourceIPMismatch": Meaning(
        AccessDeniedError, "the credentials are for other addresses"
    ),
    "AuthorizationProtocolMismatch": Meaning(
        AccessDeniedError, "the credentials are for https only"
    ),
    "AuthorizationServiceMismatch": Meaning(
        AccessDeniedError, "the credentials are for another service than Blob"
    ),
    "AuthorizationResourceTypeMismatch": Meaning(
        AccessDeniedError, "the credentials are not for this type of resource"
    ),
    "UnauthorizedBlobOverwrite": Meaning(
        AccessDeniedError, "the credentials may create, and not overwrite"
    ),
    "PublicAccessNotPermitted": Meaning(AccessDeniedError, "the account allows no public access"),
    "CannotVerifyCopySource": Meaning(
        AccessDeniedError, "the service could not read the source of the copy"
    ),
    # What can never work.
    "InvalidRange": Meaning(InvalidArgumentError, "the range begins past the end of the object"),
    "InvalidMetadata": Meaning(InvalidArgumentError, "the metadata has characters not permitted"),
    "MetadataTooLarge": Meaning(InvalidArgumentError, "the metadata has more than 8 KiB"),
    "InvalidResourceName": Meaning(InvalidArgumentError, "the name has characters not permitted"),
    "OutOfRangeInput": Meaning(InvalidArgumentError, "the name has a length not permitted"),
    "InvalidUri": Meaning(InvalidArgumentError, "the name makes no valid URL"),
    "RequestBodyTooLarge": Meaning(InvalidArgumentError, "the body is larger than is permitted"),
    "BlockCountExceedsLimit": Meaning(InvalidArgumentError, "the object has too many blocks"),
    "BlockListTooLong": Meaning(InvalidArgumentError, "the object has too many blocks"),
    "FeatureVersionMismatch": Meaning(
        UnsupportedError, "the object uses a feature newer than the pinned API version"
    ),
    "UnsupportedHttpVerb": Meaning(UnsupportedError, "the service does not know this operation"),
    # The way.
    "Md5Mismatch": Meaning(UnavailableError, "bytes changed on the way", "Send them again."),
    "Crc64Mismatch": Meaning(UnavailableError, "bytes changed on the way", "Send them again."),
    "ServerBusy": Meaning(UnavailableError, "the service asks to come back later"),
    "InternalError": Meaning(UnavailableError, "the service failed"),
    "OperationTimedOut": Meaning(UnavailableError, "the service did not finish in time"),
    # No answer; these codes are ours.
    "NoCredentials": Meaning(
        UnauthenticatedError, "there are no credentials", "See the store's credentials entry."
    ),
    "Redirect": Meaning(
        ResidencyError,
        "the service sent the request on, and it was not followed",
        "No redirect is ever followed. See what stands between here and the account.",
    ),
    "NotPartial": Meaning(UnsupportedError, "the service did not answer a range as one"),
    "TlsFailed": Meaning(
        UnavailableError,
        "the certificate is not the service's",
        "See what stands between here and the account.",
        retryable=False,
    ),
    "ConnectFailed": Meaning(
        UnavailableError,
        "no connection to the service",
        "See the endpoint's name, the network and the firewall.",
    ),
    "ReadTimeout": Meaning(UnavailableError, "the service did not answer in time", _UNKNOWN),
    "ConnectionLost": Meaning(UnavailableError, "the connection broke off", _UNKNOWN),
}

BY_STATUS: dict[int, Meaning] = {
    304: Meaning(PreconditionFailedError, "the object is not the one that was asked for"),
    400: Meaning(InvalidArgumentError, "the service does not accept the request"),
    401: Meaning(UnauthenticatedError, "the service does not accept the credentials"),
    403: Meaning(AccessDeniedError, "the service refuses"),
    404: Meaning(NotFoundError, "there is no such object"),
    405: Meaning(UnsupportedError, "the service does not know this operation"),
    408: Meaning(UnavailableError, "the service did not get the request in time"),
    409: Meaning(ConflictError, "the state of the object forbids it"),
    412: Meaning(PreconditionFailedError, "the object is not the one that was asked for"),
    413: Meaning(InvalidArgumentError, "the body is larger than is permitted"),
    416: Meaning(InvalidArgumentError, "the range begins past the end of the object"),
    429: Meaning(UnavailableError, "the service asks to come back later"),
    501: Meaning(UnsupportedError, "the service does not know this operation"),
}

# Outer classes of azure-core after inner ones.
_BY_CLASS = {
    "ServiceRequestTimeoutError": "ConnectFailed",
    "ServiceResponseTimeoutError": "ReadTimeout",
    "ServiceRequestError": "ConnectFailed",
    "ServiceResponseError": "ConnectionLost",
    "IncompleteReadError": "ConnectionLost",
    "CredentialUnavailableError": "NoCredentials",
    "ClientAuthenticationError": "NoCredentials",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, wherever it was read from.

    Attributes:
        status: the HTTP status, or None where no answer came.
        code: the service's error code.
        request_id: its request id.
        detail: its free text; searched for marks, never repeated.
        location: the host of a redirect.
    """

    status: int | None
    code: str | None = None
    request_id: str | None = None
    detail: str = ""
    location: str | None = None


def meaning(answer: Answer) -> Meaning:
    """Decide what an answer means."""
    code = answer.code or ""
    if code == "AuthorizationFailure" and "failed to authenticate" in answer.detail:
        code = "AuthenticationFailed"  # Azurite's code for a wrong key
    found = MEANINGS.get(code)
    if found is not None:
        clock = found.kind is UnauthenticatedError and _is_about_time(answer.detail)
        return found._replace(hint=clock) if clock else found
    if answer.status is None:
        return Meaning(MultistoreError, "the request failed before an answer came")
    if answer.status in BY_STATUS:
        return BY_STATUS[answer.status]
    if answer.status >= 500:
        return Meaning(UnavailableError, "the service failed")
    return Meaning(MultistoreError, "the service gave an answer that is not known")


def _is_about_time(detail: str) -> str | None:
    if "header too old" in detail or "date header" in detail.lower():
        return _CLOCK
    if "specified time frame" in detail:
        return "The shared access signature has ended or not begun: renew it, or set the clock."
    return None


def error_for(answer: Answer, *, operation: str, name: str | None) -> MultistoreError:
    """Return the error that an answer is; nothing of its free text is in it."""
    fields: dict[str, Any] = {
        "operation": operation,
        "key": name,
        "status": answer.status,
        "request_id": answer.request_id,
    }
    if answer.status is not None and 300 <= answer.status < 400 and answer.status != 304:
        return ResidencyError(
            f"the service sent the request on to {answer.location or 'another place'}; "
            "it was not followed",
            code="NET-002",
            hint="No redirect is ever followed. See what stands between here and the account.",
            **fields,
        )
    what = meaning(answer)
    code = answer.code or ("InvalidRange" if answer.status == 416 else None)
    hint = hint_for(operation, what.hint, of_doubt=_UNKNOWN)
    return what.kind(what.says, code=code, hint=hint, retryable=what.retryable, **fields)


def from_sdk(error: BaseException, *, operation: str, name: str | None) -> MultistoreError:
    """Translate what Microsoft's client raised. Its text is not used: it may hold a signature."""
    if isinstance(error, MultistoreError):
        error.locate(operation=operation, key=name)
        return error
    if not hasattr(error, "response") and hasattr(error.__context__, "response"):
        # The SDK fails by itself over a refusal that has no Message.
        error = error.__context__ or error
    response: Any = getattr(error, "response", None)
    if response is None:
        code = next(
            (_BY_CLASS[c.__name__] for c in type(error).__mro__ if c.__name__ in _BY_CLASS), None
        )
        return error_for(
            Answer(None, code=code or type(error).__name__), operation=operation, name=name
        )
    headers: Any = response.headers
    code = getattr(error, "error_code", None) or headers.get("x-ms-error-code")
    return error_for(
        Answer(
            response.status_code,
            code=None if code is None else str(getattr(code, "value", code)),
            request_id=headers.get("x-ms-request-id"),
            detail=f"{getattr(error, 'additional_info', '')} {error}",
            location=urlsplit(str(headers.get("location", ""))).netloc.rpartition("@")[2] or None,
        ),
        operation=operation,
        name=name,
    )


_STATUS = re.compile(r"status code: (\d{3})\b")
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,80})</Code>")
_REQUEST = re.compile(r"RequestId:([0-9A-Za-z-]{8,64})")
# What obstore says where there was no refusal by the service; the first that is found counts.
_BY_TEXT = (
    ("External Azure credential provider", "NoCredentials"),
    ("Received redirect without LOCATION", "Redirect"),
    ("too many redirects", "Redirect"),
    # Azurite answers a range at the very end of an object with 206 and "bytes 10-9/10".
    ("Wanted range starting at", "InvalidRange"),
    ("value for CONTENT_RANGE header", "NotPartial"),
    ("Content-Range header not present", "NotPartial"),
    ("Received non-partial response when range requested", "NotPartial"),
    ("invalid peer certificate", "TlsFailed"),
    ("dns error", "ConnectFailed"),
    ("tcp connect error", "ConnectFailed"),
    ("kind: Timeout", "ReadTimeout"),
    ("TimedOut", "ReadTimeout"),
    ("kind: Body", "ConnectionLost"),
    ("error sending request", "ConnectionLost"),
)


def from_obstore(error: BaseException, *, operation: str, name: str) -> MultistoreError:
    """Translate what obstore raised; it has the answer in its text only.

    Its classes are not used where the text has a code: it calls every 409 AlreadyExists.
    """
    if isinstance(error, MultistoreError):
        error.locate(operation=operation, key=name)
        return error
    text = str(error)
    status, code, request = _STATUS.search(text), _CODE.search(text), _REQUEST.search(text)
    if status is None:
        known = next((code for words, code in _BY_TEXT if words in text), None)
        absent = 404 if known is None and isinstance(error, FileNotFoundError) else None
        return error_for(Answer(absent, code=known), operation=operation, name=name)
    return error_for(
        Answer(
            int(status[1]),
            code=code[1] if code else None,
            request_id=request[1] if request else None,
            detail=text,
        ),
        operation=operation,
        name=name,
    )
