"""Every row of the table, from answers as the service gives them, through both clients."""

from __future__ import annotations

import pytest
from tests.servers.ruled import RuledServer, reply
from tests.stores.azure_case import KEY, store_at

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
from multistore.stores.azure.errors import BY_STATUS, MEANINGS, Answer, error_for, meaning
from multistore.values import Span

# (status, code, class): as Microsoft Learn lists them, and as Azurite was seen to answer.
ROWS = [
    (404, "BlobNotFound", NotFoundError),
    (404, "ResourceNotFound", NotFoundError),
    (404, "ContainerNotFound", NotFoundError),
    (409, "BlobAlreadyExists", AlreadyExistsError),
    (409, "ContainerAlreadyExists", AlreadyExistsError),
    (412, "ConditionNotMet", PreconditionFailedError),
    (412, "SourceConditionNotMet", PreconditionFailedError),
    (412, "TargetConditionNotMet", PreconditionFailedError),
    (409, "BlobModifiedWhileReading", PreconditionFailedError),
    (409, "BlobImmutableDueToPolicy", RetainedError),
    (409, "BlobImmutableDueToLegalHold", RetainedError),
    (409, "ContainerImmutabilityPolicyFailure", RetainedError),
    (409, "BlobUsesCustomerSpecifiedEncryption", ConflictError),
    (412, "LeaseIdMissing", ConflictError),
    (412, "LeaseIdMismatchWithBlobOperation", ConflictError),
    (412, "LeaseIdMismatchWithContainerOperation", ConflictError),
    (409, "LeaseAlreadyPresent", ConflictError),
    (412, "LeaseLost", ConflictError),
    (409, "SnapshotsPresent", ConflictError),
    (403, "OperationNotAllowedOnRootBlob", ConflictError),
    (409, "PendingCopyOperation", ConflictError),
    (409, "ContainerBeingDeleted", ConflictError),
    (409, "InvalidBlobType", ConflictError),
    (409, "BlobArchived", ConflictError),
    (409, "BlobBeingRehydrated", ConflictError),
    (400, "InvalidBlockList", ConflictError),
    (400, "InvalidBlobOrBlock", ConflictError),
    (409, "ResourceTypeMismatch", ConflictError),
    (403, "AuthenticationFailed", UnauthenticatedError),
    (401, "InvalidAuthenticationInfo", UnauthenticatedError),
    (400, "InvalidAuthenticationInfo", UnauthenticatedError),
    (401, "NoAuthenticationInformation", UnauthenticatedError),
    (403, "KeyBasedAuthenticationNotPermitted", UnauthenticatedError),
    (403, "AccountIsDisabled", AccessDeniedError),
    (403, "AuthorizationFailure", AccessDeniedError),
    (403, "AuthorizationPermissionMismatch", AccessDeniedError),
    (403, "InsufficientAccountPermissions", AccessDeniedError),
    (403, "AuthorizationSourceIPMismatch", AccessDeniedError),
    (403, "AuthorizationProtocolMismatch", AccessDeniedError),
    (403, "AuthorizationServiceMismatch", AccessDeniedError),
    (403, "AuthorizationResourceTypeMismatch", AccessDeniedError),
    (403, "UnauthorizedBlobOverwrite", AccessDeniedError),
    (409, "PublicAccessNotPermitted", AccessDeniedError),
    (404, "CannotVerifyCopySource", AccessDeniedError),
    (416, "InvalidRange", InvalidArgumentError),
    (400, "InvalidMetadata", InvalidArgumentError),
    (400, "MetadataTooLarge", InvalidArgumentError),
    (400, "InvalidResourceName", InvalidArgumentError),
    (400, "OutOfRangeInput", InvalidArgumentError),
    (400, "InvalidUri", InvalidArgumentError),
    (413, "RequestBodyTooLarge", InvalidArgumentError),
    (409, "BlockCountExceedsLimit", InvalidArgumentError),
    (400, "BlockListTooLong", InvalidArgumentError),
    (409, "FeatureVersionMismatch", UnsupportedError),
    (405, "UnsupportedHttpVerb", UnsupportedError),
    (400, "Md5Mismatch", UnavailableError),
    (400, "Crc64Mismatch", UnavailableError),
    (503, "ServerBusy", UnavailableError),
    (500, "InternalError", UnavailableError),
    (500, "OperationTimedOut", UnavailableError),
]
# Codes of ours, for what happens before an answer.
OURS = {"NoCredentials", "Redirect", "NotPartial", "TlsFailed", "ConnectFailed", "ReadTimeout",
        "ConnectionLost"}  # fmt: skip
# Conflicts that pass by themselves; so does everything that is unavailable.
PASSING = {"ContainerBeingDeleted", "BlobBeingRehydrated", "InvalidBlockList"}
# The clients repeat these, with pauses between; once through each is enough.
REPEATED = {500, 503}


def answer_of(status, code, detail=""):
    """Return an answer in the service's form: XML, and the code in a header besides."""
    xml = (
        '<?xml version="1.0" encoding="utf-8"?><Error>'
        f"<Code>{code}</Code><Message>The service's sentence.\n"
        "RequestId:4f1c0f9b-001e-0053-2b0f-abcdef000000\nTime:2026-11-24T08:21:13.7097000Z"
        f"</Message>{detail}</Error>"
    )
    return reply(
        status,
        {
            "Content-Type": "application/xml",
            "x-ms-error-code": code,
            "x-ms-request-id": "4f1c0f9b-001e-0053-2b0f-abcdef000000",
        },
        xml.encode(),
    )


@pytest.fixture
def refusing(monkeypatch):
    """Give a store and its service, which gives one answer to everything."""
    monkeypatch.setattr("multistore.stores.azure.client.RETRIES", 1)
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    with RuledServer() as service:
        store = store_at(f"{service.url}/tokyo")
        yield store, service
        store.close()


def refused(store, call):
    with pytest.raises(MultistoreError) as caught:
        call(store)
    assert caught.value.__cause__ is None
    return caught.value


def through_obstore(store):
    store.get("a", Span(0, 10))


def through_the_sdk(store):
    list(store.list(""))


def test_the_table_is_tested_whole():
    assert {code for _, code, _ in ROWS} | OURS == set(MEANINGS)


@pytest.mark.parametrize(("status", "code", "kind"), ROWS)
@pytest.mark.parametrize("call", [through_obstore, through_the_sdk])
def test_a_row(refusing, status, code, kind, call):
    if status in REPEATED and (code != "InternalError" or call is through_obstore):
        error = error_for(Answer(status, code), operation="get", name="a")
        assert (type(error), error.code, error.retryable) == (kind, code, True)
        return
    store, service = refusing
    service.rules.append(lambda _: answer_of(status, code))
    if code == "InvalidRange" and call is through_obstore:
        # The store asks how large the object is: here it is told nothing of use.
        service.rules.insert(0, lambda r: answer_of(404, "x") if r.method == "HEAD" else None)
        kind = NotFoundError
    error = refused(store, call)
    assert type(error) is kind
    assert error.status == (404 if kind is NotFoundError else status)
    if code != "InvalidRange":
        assert error.code == code
        assert error.request_id == "4f1c0f9b-001e-0053-2b0f-abcdef000000"
        assert error.retryable == (kind is UnavailableError or code in PASSING)
        assert error.hint == MEANINGS[code].hint
    assert (error.store, error.bucket) == ("blobs", "box")
    assert "The service's sentence" not in str(error)


@pytest.mark.parametrize("status", sorted({*BY_STATUS, 402, 418, 507}))
def test_an_unknown_code_is_judged_by_its_status_and_kept(status):
    error = error_for(Answer(status, "CodeOfTheYear2031"), operation="get", name="a")
    what = BY_STATUS.get(status)
    fallback = UnavailableError if status >= 500 else MultistoreError
    assert type(error) is (what.kind if what else fallback)
    assert (error.code, error.status) == ("CodeOfTheYear2031", status)


@pytest.mark.parametrize("call", [through_obstore, through_the_sdk])
def test_an_unknown_code_comes_through(refusing, call):
    store, service = refusing
    service.rules.append(lambda _: answer_of(409, "CodeOfTheYear2031"))
    error = refused(store, call)
    assert (type(error), error.code) == (ConflictError, "CodeOfTheYear2031")


@pytest.mark.parametrize(
    ("detail", "hint"),
    [
        ("Request date header too old: 'Sun, 01 Nov 2026 08:21:13 GMT'", "clock"),
        ("Signature not valid in the specified time frame: Start [x] - Expiry [y]", "renew it"),
        ("The MAC signature found in the HTTP request 'c2VjcmV0' is not the same", "account key"),
    ],
)
@pytest.mark.parametrize("call", [through_obstore, through_the_sdk])
def test_why_a_signature_is_not_accepted(refusing, detail, hint, call):
    store, service = refusing
    xml = f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"
    service.rules.append(lambda _: answer_of(403, "AuthenticationFailed", xml))
    error = refused(store, call)
    assert type(error) is UnauthenticatedError
    assert hint in error.hint
    assert "c2VjcmV0" not in str(error)


def test_head_has_no_body_so_the_other_client_is_asked(refusing):
    store, service = refusing
    service.rules.append(lambda _: answer_of(403, "AuthorizationPermissionMismatch"))
    error = refused(store, lambda store: store.head("a"))
    assert (type(error), error.code) == (AccessDeniedError, "AuthorizationPermissionMismatch")
    assert error.operation == "head"
    assert [request.method for request in service.asked] == ["HEAD", "HEAD"]


def test_an_absent_container_is_told_from_an_absent_object(refusing):
    store, service = refusing
    service.rules.append(lambda _: answer_of(404, "ContainerNotFound"))
    error = refused(store, lambda store: store.head("a"))
    assert (type(error), error.code) == (NotFoundError, "ContainerNotFound")
    assert "Create it" in error.hint


@pytest.mark.parametrize("call", [through_obstore, through_the_sdk])
def test_nobody_listens(call, monkeypatch):
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    monkeypatch.setattr("multistore.stores.azure.client.RETRIES", 1)
    other = store_at("http://127.0.0.1:9/tokyo")
    monkeypatch.setattr(other._data, "_deadlines", _no_patience())
    error = refused(other, call)
    assert (type(error), error.code) == (UnavailableError, "ConnectFailed")
    other.close()


def _no_patience():
    from multistore.stores.transfer import Deadlines

    return Deadlines(connect=1, read=1, request=1, retrying=0.1)


@pytest.mark.parametrize(("operation", "hint"), [("put", "read it back"), ("get", "Try again")])
def test_a_broken_connection_is_no_doubt_about_a_read(operation, hint):
    error = error_for(Answer(None, "ConnectionLost"), operation=operation, name="a")
    assert hint in error.hint


def test_what_follows_from_nothing():
    error = error_for(Answer(None, "ValueError"), operation="get", name="a")
    assert type(error) is MultistoreError
    assert meaning(Answer(307)).kind is not ResidencyError  # error_for decides redirects
    assert type(error_for(Answer(307), operation="get", name="a")) is ResidencyError
