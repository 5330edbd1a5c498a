"""Every S3 error becomes the right one of ours, with its hint, through both SDKs."""

from __future__ import annotations

import traceback
from html import escape

import botocore.exceptions
import botocore.parsers
import pytest
from tests.servers.scripted import Reply

from multistore import errors
from multistore.stores.base import Body, Ref
from multistore.stores.endpoint import Endpoint, Profile
from multistore.stores.s3.answers import Answer, clean, of_botocore, of_obstore
from multistore.stores.s3.errors import (
    BY_STATUS,
    TABLE,
    error_of,
    from_botocore,
    from_obstore,
    row,
)
from multistore.stores.s3.store import S3Store
from multistore.values import OutcomeStatus, PutMode, Span

KEY, SECRET, TOKEN = "AKIACANARYCANARY0001", "canary+secret/key", "canary-session-token"


def xml(code, message="said", **more):
    rest = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in more.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message>{rest}<RequestId>req-1</RequestId></Error>"
    ).encode()


@pytest.fixture
def store(scripted, monkeypatch):
    """Give a store whose service answers everything as ``script[0]`` says."""
    monkeypatch.setenv("CANARY_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("CANARY_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("CANARY_SESSION_TOKEN", TOKEN)
    script = [Reply()]
    server = scripted(lambda asked: script[0](asked) if callable(script[0]) else script[0])
    endpoint = Endpoint(
        "s3-compatible",
        server.url,
        "ap-northeast-1",
        frozenset({server.host}),
        Profile(conditional_create=True, conditional_update=True, suffix_range=True, versions=True),
    )
    store = S3Store("tested", endpoint=endpoint, bucket="bucket", credentials="env:CANARY")
    store.script, store.server = script, server
    yield store
    store.close()


# (code, status, class, a word of the hint or None, retryable)
ROWS = [
    ("NoSuchKey", 404, errors.NotFoundError, None, False),
    ("NoSuchVersion", 404, errors.NotFoundError, None, False),
    ("NoSuchUpload", 404, errors.NotFoundError, "read the object back", False),
    ("NoSuchBucket", 404, errors.NotFoundError, "addressing", False),
    ("AccessDenied", 403, errors.AccessDeniedError, "Grant", False),
    ("AllAccessDisabled", 403, errors.AccessDeniedError, "provider", False),
    ("AccountProblem", 403, errors.AccessDeniedError, "provider", False),
    ("UserSuspended", 403, errors.AccessDeniedError, "provider", False),
    ("NoCredentials", None, errors.UnauthenticatedError, "credentials entry", False),
    ("InvalidAccessKeyId", 403, errors.UnauthenticatedError, "access key", False),
    ("SignatureDoesNotMatch", 403, errors.UnauthenticatedError, "clock", False),
    ("XAmzContentSHA256Mismatch", 400, errors.UnsupportedError, "checksums", False),
    ("RequestTimeTooSkewed", 403, errors.UnauthenticatedError, "NTP", False),
    ("RequestExpired", 403, errors.UnauthenticatedError, "NTP", False),
    ("AuthorizationHeaderMalformed", 400, errors.UnauthenticatedError, "region", False),
    ("AuthorizationQueryParametersError", 400, errors.UnauthenticatedError, "region", False),
    ("ExpiredToken", 400, errors.UnauthenticatedError, "Renew", True),
    ("ExpiredTokenException", 400, errors.UnauthenticatedError, "Renew", True),
    ("InvalidToken", 400, errors.UnauthenticatedError, "Renew", False),
    ("TokenRefreshRequired", 400, errors.UnauthenticatedError, "Renew", False),
    ("InvalidSecurity", 403, errors.UnauthenticatedError, None, False),
    ("MissingSecurityHeader", 400, errors.UnauthenticatedError, None, False),
    ("CredentialsNotSupported", 400, errors.UnauthenticatedError, None, False),
    ("PermanentRedirect", 301, errors.ResidencyError, "region", False),
    ("TemporaryRedirect", 307, errors.ResidencyError, "region", False),
    ("Redirect", 307, errors.ResidencyError, "region", False),
    ("IllegalLocationConstraintException", 400, errors.ResidencyError, "region", False),
    ("PreconditionFailed", 412, errors.PreconditionFailedError, None, False),
    ("ConditionalRequestConflict", 409, errors.ConflictError, "try again", True),
    ("OperationAborted", 409, errors.ConflictError, "under way", True),
    ("BucketNotEmpty", 409, errors.ConflictError, None, False),
    ("InvalidObjectState", 403, errors.ConflictError, "restore", False),
    ("ObjectAlreadyInActiveTierError", 403, errors.ConflictError, None, False),
    ("ObjectLocked", 403, errors.RetainedError, "hold", False),
    ("ObjectUnderRetention", 403, errors.RetainedError, "hold", False),
    ("NotImplemented", 501, errors.UnsupportedError, "probe", False),
    ("MethodNotAllowed", 405, errors.UnsupportedError, "delete marker", False),
    ("NotPartial", None, errors.UnsupportedError, "whole object", False),
    ("MissingContentMD5", 400, errors.UnsupportedError, "sdk_checksums", False),
    ("InvalidDigest", 400, errors.UnsupportedError, "sdk_checksums", False),
    ("UnsupportedHeader", 400, errors.UnsupportedError, "sdk_checksums", False),
    ("MissingContentLength", 411, errors.UnsupportedError, "proxy", False),
    ("BadDigest", 400, errors.UnavailableError, "damaged", True),
    ("IncompleteBody", 400, errors.UnavailableError, "cut off", True),
    ("InvalidArgument", 400, errors.InvalidArgumentError, None, False),
    ("InvalidRequest", 400, errors.InvalidArgumentError, None, False),
    ("InvalidRange", 416, errors.InvalidArgumentError, None, False),
    ("InvalidURI", 400, errors.InvalidArgumentError, None, False),
    ("InvalidBucketName", 400, errors.InvalidArgumentError, "addressing", False),
    ("KeyTooLongError", 400, errors.InvalidArgumentError, "Shorten", False),
    ("InvalidObjectName", 400, errors.InvalidArgumentError, "ascii_names", False),
    ("EntityTooLarge", 400, errors.InvalidArgumentError, "part_size", False),
    ("EntityTooSmall", 400, errors.InvalidArgumentError, "5 MiB", False),
    ("InvalidPart", 400, errors.InvalidArgumentError, None, False),
    ("InvalidPartOrder", 400, errors.InvalidArgumentError, None, False),
    ("MalformedXML", 400, errors.InvalidArgumentError, None, False),
    ("MetadataTooLarge", 400, errors.InvalidArgumentError, "2 KiB", False),
    ("QuotaExceeded", 403, errors.ConflictError, "quota", False),
    ("SlowDown", 503, errors.UnavailableError, "fewer requests", True),
    ("Throttling", 400, errors.UnavailableError, "fewer requests", True),
    ("ThrottlingException", 400, errors.UnavailableError, "fewer requests", True),
    ("TooManyRequests", 429, errors.UnavailableError, "fewer requests", True),
    ("RequestLimitExceeded", 503, errors.UnavailableError, "fewer requests", True),
    ("BandwidthLimitExceeded", 503, errors.UnavailableError, "fewer requests", True),
    ("ServiceUnavailable", 503, errors.UnavailableError, "fewer requests", True),
    ("InternalError", 500, errors.UnavailableError, "not known", True),
    ("RequestTimeout", 400, errors.UnavailableError, "part size", True),
    ("ConnectFailed", None, errors.UnavailableError, "firewall", True),
    ("ConnectTimeout", None, errors.UnavailableError, "firewall", True),
    ("ReadTimeout", None, errors.UnavailableError, "not known", True),
    ("ConnectionLost", None, errors.UnavailableError, "not known", True),
    ("ProxyFailed", None, errors.UnavailableError, "proxy", True),
    ("TlsFailed", None, errors.UnavailableError, "certificate", False),
    ("UnreadableAnswer", None, errors.UnavailableError, "S3 service", True),
]
# (status, class) where there is no code, or one that nobody knows.
STATUSES = [
    (301, errors.ResidencyError),
    (307, errors.ResidencyError),
    (400, errors.InvalidArgumentError),
    (401, errors.UnauthenticatedError),
    (402, errors.MultistoreError),
    (403, errors.AccessDeniedError),
    (404, errors.NotFoundError),
    (405, errors.UnsupportedError),
    (408, errors.UnavailableError),
    (409, errors.ConflictError),
    (411, errors.UnsupportedError),
    (412, errors.PreconditionFailedError),
    (413, errors.InvalidArgumentError),
    (416, errors.InvalidArgumentError),
    (429, errors.UnavailableError),
    (500, errors.UnavailableError),
    (501, errors.UnsupportedError),
    (502, errors.UnavailableError),
    (503, errors.UnavailableError),
    (507, errors.ConflictError),
    (599, errors.UnavailableError),
]
SENDING = "HTTP error: error sending request"
ENDPOINT = Endpoint("s3-compatible", "https://h", "ap-northeast-1", frozenset({"h"}))


def client_error(code, status, message="said"):
    return botocore.exceptions.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "req-1"},
        },
        "GetObject",
    )


def obstore_text(code, status, message="said", name="a"):
    """Return obstore's text around an answer, as it was recorded from 0.12."""
    return (
        f"Generic S3 error: Error performing GET https://h/bucket/{name} in 5.039104ms - "
        f"Server returned non-2xx status code: {status} Reason: {xml(code, message).decode()}\n\n"
        'Debug source:\nGeneric {\n    store: "S3", kind: Timeout ...\n}'
    )


def test_the_table_is_tested_whole():
    assert [code for code, *_ in ROWS] != []
    assert {code for code, *_ in ROWS} == set(TABLE)
    assert set(BY_STATUS) <= {status for status, _ in STATUSES}


@pytest.mark.parametrize(("code", "status", "kind", "hint", "retryable"), ROWS)
def test_row(code, status, kind, hint, retryable):
    if status is None:
        found = [row(Answer(code=code))]
        made = [found[0].kind("", retryable=found[0].retryable, hint=found[0].hint)]
    else:
        made = [
            from_botocore(client_error(code, status), operation="put", endpoint=ENDPOINT, name="a"),
            from_obstore(
                Exception(obstore_text(code, status)), operation="put", endpoint=ENDPOINT, name="a"
            ),
        ]
        for error in made:
            assert (error.code, error.status, error.request_id) == (code, status, "req-1")
            assert (error.operation, error.key) == ("put", "a")
    for error in made:
        assert type(error) is kind
        assert error.retryable is retryable
        assert (hint is None and error.hint is None) or hint in error.hint


@pytest.mark.parametrize("code", [None, "NobodyKnowsThis"])
@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_the_status_decides_where_the_code_does_not(status, kind, code):
    error = from_botocore(
        client_error(code or str(status), status), operation="head", endpoint=ENDPOINT
    )
    assert type(error) is kind
    assert error.code == code
    assert error.status == status


@pytest.mark.parametrize(
    ("code", "message", "kind", "hint"),
    [
        ("AccessDenied", "forbidden by object lock", errors.RetainedError, "hold"),
        ("AccessDenied", "object protected by object lock.", errors.RetainedError, "hold"),
        ("AccessDenied", "the object is under legal hold", errors.RetainedError, "hold"),
        ("InvalidRequest", "Object is WORM protected", errors.RetainedError, "hold"),
        ("InvalidArgument", "x-amz-checksum-crc32", errors.UnsupportedError, "sdk_checksums"),
        ("InvalidRequest", "Missing Content-MD5", errors.UnsupportedError, "sdk_checksums"),
        ("InvalidArgument", "no aws-chunked here", errors.UnsupportedError, "sdk_checksums"),
        ("InvalidRequest", "the region is wrong", errors.UnauthenticatedError, "region"),
        ("AccessDenied", "Access Denied", errors.AccessDeniedError, "Grant"),
        ("NoSuchKey", "no retention here", errors.NotFoundError, None),
    ],
)  # fmt: skip
def test_a_vague_code_is_told_apart_by_its_sentence(code, message, kind, hint):
    error = from_botocore(client_error(code, 403, message), operation="x", endpoint=ENDPOINT)
    assert type(error) is kind
    assert (hint is None and error.hint is None) or hint in error.hint


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (botocore.exceptions.NoCredentialsError(), "NoCredentials"),
        (botocore.exceptions.ConnectTimeoutError(endpoint_url="u"), "ConnectTimeout"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="u"), "ReadTimeout"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="u"), "ConnectFailed"),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="u"), "ConnectionLost"),
        (botocore.exceptions.ProxyConnectionError(proxy_url="u"), "ProxyFailed"),
        (botocore.exceptions.SSLError(endpoint_url="u", error="e"), "TlsFailed"),
        (botocore.parsers.ResponseParserError(), "UnreadableAnswer"),
        (botocore.exceptions.ParamValidationError(report="r"), "InvalidArgument"),
        (RuntimeError("x"), "RuntimeError"),
    ],
)
def test_what_botocore_raises_before_an_answer(raised, code):
    assert of_botocore(raised) == Answer(code=code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x: External AWS credential provider: Src: none", "NoCredentials"),
        ("Received non-partial response when range requested", "NotPartial"),
        ("Received redirect without LOCATION, this normally …", "PermanentRedirect"),
        (f"{SENDING}\n\nDebug source:\nkind: Timeout", "ReadTimeout"),
        (f"{SENDING}\n\nDebug source:\ndns error", "ConnectFailed"),
        (f'{SENDING}\n\nDebug source:\n"tcp connect error"', "ConnectFailed"),
        (SENDING, "ConnectionLost"),
        ("HTTP error: request or response body error", "ConnectionLost"),
        ("something new", "GenericError"),
    ],
)  # fmt: skip
def test_what_obstore_raises_before_an_answer(text, code):
    class GenericError(Exception):
        pass

    assert of_obstore(GenericError(text), name="a").code == code


def test_a_name_that_looks_like_an_answer_is_not_read_as_one():
    name = "non-2xx status code: 404 <Code>NoSuchKey</Code>"
    text = f"Object at location {name} not found: " + obstore_text("AccessDenied", 403)
    error = from_obstore(Exception(text), operation="get", endpoint=ENDPOINT, name=name)
    assert (error.code, error.status) == ("AccessDenied", 403)


def test_the_region_that_the_service_names_is_in_the_hint():
    answer = client_error("PermanentRedirect", 301)
    answer.response["ResponseMetadata"]["HTTPHeaders"] = {"x-amz-bucket-region": "eu-west-1"}
    error = from_botocore(answer, operation="list", endpoint=ENDPOINT)
    assert "lies in eu-west-1" in error.hint
    assert "says ap-northeast-1" in error.hint


VERBS = {
    "get": lambda store: store.get("a", Span(0, 5)),
    "put": lambda store: store.put("a", Body([b"x"], 1), mode=PutMode.OVERWRITE),
    "list": lambda store: list(store.list("")),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchBucket", 404, errors.NotFoundError),
        ("AccessDenied", 403, errors.AccessDeniedError),
        ("SignatureDoesNotMatch", 403, errors.UnauthenticatedError),
        ("RequestTimeTooSkewed", 403, errors.UnauthenticatedError),
        ("OperationAborted", 409, errors.ConflictError),
        ("ConditionalRequestConflict", 409, errors.ConflictError),
        ("NobodyKnowsThis", 403, errors.AccessDeniedError),
    ],
)
def test_through_the_sdks(store, verb, code, status, kind):
    # S3 gives the request's id twice; botocore reads the header, obstore passes on the body.
    store.script[0] = Reply(status, xml(code), {"x-amz-request-id": "req-1"})
    with pytest.raises(kind) as caught:
        VERBS[verb](store)
    error = caught.value
    assert type(error) is kind
    assert (error.code, error.status, error.request_id) == (code, status, "req-1")
    assert (error.operation, error.store, error.bucket) == (verb, "tested", "bucket")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("AccessDenied", 403, errors.AccessDeniedError),
        ("RequestTimeTooSkewed", 403, errors.UnauthenticatedError),
        ("NoSuchBucket", 404, errors.NotFoundError),
        ("NoSuchKey", 404, errors.NotFoundError),
        ("AuthorizationHeaderMalformed", 400, errors.UnauthenticatedError),
    ],
)
def test_a_head_is_explained_by_a_request_that_can_be_answered(store, code, status, kind):
    store.script[0] = Reply(status, xml(code), {"Content-Type": "application/xml"})
    with pytest.raises(kind) as caught:
        store.head("a")
    assert caught.value.code == code
    assert caught.value.operation == "head"
    assert [asked.method for asked in store.server.asked] == ["HEAD", "GET"]


def test_a_head_of_an_absent_object_costs_one_request_once_the_bucket_has_answered(store):
    store.script[0] = Reply(
        200, b"x", {"ETag": '"e"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    )
    store.head("a")
    store.script[0] = Reply(404, xml("NoSuchKey"))
    with pytest.raises(errors.NotFoundError):
        store.head("a")
    assert [asked.method for asked in store.server.asked] == ["HEAD", "HEAD"]


def test_403_is_never_taken_for_absence(store):
    """A caller who may not list gets 403 for an absent name, and may not know that it is."""
    store.script[0] = Reply(403, xml("AccessDenied"))
    for verb in (lambda: store.head("a"), lambda: store.get("a", Span(0, 1))):
        with pytest.raises(errors.AccessDeniedError) as caught:
            verb()
        assert not isinstance(caught.value, errors.NotFoundError)
    (outcome,) = store.delete([Ref("a")])
    assert outcome.status is OutcomeStatus.DENIED


def test_no_secret_in_any_error(store):
    def echo(asked):
        given = asked.headers.get("authorization", "")
        text = f"Authorization: {given} AWSAccessKeyId={KEY} Signature={SECRET} Token={TOKEN}"
        return Reply(
            403,
            xml(
                "SignatureDoesNotMatch",
                text,
                AWSAccessKeyId=KEY,
                StringToSign=text + SECRET,
                SignatureProvided=given,
            ),
            {"Content-Type": "application/xml"},
        )

    store.script[0] = echo
    outcomes = store.delete([Ref("a"), Ref("b")])
    texts = [repr(store), repr(store.reach), str(outcomes)]
    for verb in VERBS.values():
        with pytest.raises(errors.UnauthenticatedError) as caught:
            verb(store)
        texts += [
            "".join(traceback.format_exception(caught.value)),
            repr(caught.value.__dict__),
            repr(caught.value.__context__),
        ]
    sent = [a.headers["authorization"].partition("Signature=")[2] for a in store.server.asked]
    assert all(sent)
    for text in texts:
        for secret in (KEY, SECRET, TOKEN, *sent):
            assert secret not in text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a  plain\nsentence", "a plain sentence"),
        (None, None),
        ("", None),
        ("see https://h/b/k?X-Amz-Signature=abc now", "see https://h/b/k[…] now"),
        ("key AKIAABCDEFGHIJKLMNOP is gone", "key […] is gone"),
        ("x" * 500, "x" * 300),
    ],
)
def test_a_sentence_is_cleaned(said, kept):
    assert clean(said) == kept


@pytest.mark.parametrize(("operation", "hint"), [("put", "read it back"), ("list", "Try again")])
@pytest.mark.parametrize("answer", [Answer(code="ConnectionLost"), Answer(status=503)], ids=str)
def test_a_broken_connection_is_no_doubt_about_a_read(answer, operation, hint):
    assert hint in error_of(answer, operation=operation, endpoint=ENDPOINT).hint
