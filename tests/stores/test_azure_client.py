"""The control client: where its requests go, as whom, how often, and what it says about it."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ResourceTypes, generate_account_sas
from tests.servers.ruled import RuledServer, reply
from tests.stores.azure_case import KEY, SMALL, endpoint_at, on_azurite, store_at

from multistore.errors import (
    ClosedError,
    ConfigurationError,
    MultistoreError,
    ResidencyError,
    UnauthenticatedError,
    UnavailableError,
)
from multistore.stores.azure import client as azure_client
from multistore.stores.azure.account import Account
from multistore.stores.azure.client import release, service
from multistore.stores.azure.credentials import entra
from multistore.stores.azure.store import AzureStore
from multistore.stores.base import Body, Ref, Store
from multistore.values import PutMode, Span

__all__ = ["on_azurite"]

LARGE = SMALL.part_size + 1


def put_small(store):
    store.put("a", Body([b"x" * 100], 100), mode=PutMode.OVERWRITE)


def put_large(store):
    store.put("a", Body([b"x" * LARGE], LARGE), mode=PutMode.OVERWRITE)


def put_large_under_a_condition(store):
    store.put("a", Body([b"x" * LARGE], LARGE), mode=PutMode.CREATE)


def list_objects(store):
    list(store.list(""))


def ask_for_the_kind(store):
    store.placement.placement()


def list_uploads(store):
    list(store.uploads.list_uploads(""))


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", KEY)
    monkeypatch.setattr(azure_client, "RETRIES", 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "call",
    [
        put_small,
        put_large,
        put_large_under_a_condition,
        list_objects,
        list_uploads,
        ask_for_the_kind,
    ],
)
def test_a_redirect_is_not_followed(key, status, call):
    with RuledServer() as elsewhere, RuledServer() as here:
        elsewhere.rules.append(lambda _: reply(200))
        here.rules.append(lambda r: reply(status, {"Location": elsewhere.url + r.target}))
        store = store_at(f"{here.url}/tokyo")
        with pytest.raises(MultistoreError) as caught:
            call(store)
        store.close()
        assert here.asked != []
        if status == 303 and call in (put_small, put_large):
            # obstore turns a PUT into a GET there and goes on, without the body; see transfer.py.
            assert {(r.method, r.body) for r in elsewhere.asked} == {("GET", b"")}
            return
        assert elsewhere.asked == []
        assert isinstance(caught.value, ResidencyError)
        assert caught.value.code in ("NET-002", "Redirect")


def test_a_deletion_that_is_sent_on_is_not_followed(key):
    with RuledServer() as elsewhere, RuledServer() as here:
        here.rules.append(lambda r: reply(307, {"Location": elsewhere.url + r.target}))
        store = store_at(f"{here.url}/tokyo")
        (outcome,) = store.delete([Ref("a")])
        store.close()
        assert elsewhere.asked == []
        assert (outcome.gone, outcome.code) == (False, "NET-002")


def test_no_request_leaves_for_a_host_that_is_not_pinned(key):
    with RuledServer() as elsewhere:
        store = store_at("http://127.0.0.1:9/tokyo", hosts={"127.0.0.1:9"})
        client = service(store._container.place.account, 1)
        host = elsewhere.url.removeprefix("http://")
        client._hosts["primary"] = f"{host}/tokyo"
        client._client._config.url = f"{elsewhere.url}/tokyo"
        with pytest.raises(ResidencyError, match="NET-001"):
            client.get_account_information()
        assert elsewhere.asked == []
        release(store._container.place.account, 1)


def test_the_secondary_host_is_never_asked(key):
    """The SDK changes to ACCOUNT-secondary on a retry where it is told to: here nobody can."""
    with RuledServer() as here:
        here.rules.append(lambda _: reply(503, {"x-ms-error-code": "ServerBusy"}))
        store = store_at(f"{here.url}/tokyo")
        client = service(store._container.place.account, 1)
        with pytest.raises(ResidencyError):
            client.get_service_stats()
        with pytest.raises(UnavailableError):
            ask_for_the_kind(store)
        assert all("secondary" not in request.target for request in here.asked)
        release(store._container.place.account, 1)
        store.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://tokyo.blob.core.windows.net", "AZE-001"),
        ("http://192.0.2.1:10000/tokyo", "AZE-001"),
        ("https://tokyo-secondary.blob.core.windows.net", "AZR-011"),
        ("https://tokyo-internetrouting.blob.core.windows.net", "AZR-011"),
        ("https://tokyo-ipv6.blob.core.windows.net", "AZR-011"),
        ("https://tokyo.z07.blob.storage.azure.net", "AZR-011"),
        ("https://user:word@tokyo.blob.core.windows.net", "AZR-011"),
        ("https://tokyo.blob.core.windows.net?sig=word", "AZR-011"),
    ],
)
def test_an_endpoint_that_is_refused(url, code):
    with pytest.raises(ConfigurationError) as caught:
        store_at(url)
    assert caught.value.code == code
    assert "word" not in str(caught.value)


def test_the_endpoint_must_be_one_of_its_own_hosts():
    with pytest.raises(ResidencyError):
        store_at("https://tokyo.blob.core.windows.net", hosts={"osaka.blob.core.windows.net"})


@pytest.mark.parametrize("account", ["Tokyo", "to", "tokyo.example", "a" * 25, ""])
@pytest.mark.parametrize("container", ["Box", "bo", "a--b", "-box", "a" * 64, "$root", "a/b"])
def test_names_that_are_none(account, container):
    endpoint = endpoint_at("https://tokyo.blob.core.windows.net")
    for given in (
        {"account": account, "container": "box"},
        {"account": "tokyo", "container": container},
    ):
        with pytest.raises(ConfigurationError):
            AzureStore("blobs", endpoint=endpoint, credentials=None, **given)


@pytest.mark.azure
def test_the_environment_decides_nothing(on_azurite, monkeypatch):
    with RuledServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        store = on_azurite()
        assert store.placement.placement().redundancy == "Standard_RAGRS"
        assert list(store.list("")) == []
        assert proxy.asked == []


@pytest.mark.azure
def test_what_obstore_would_read_from_the_environment(on_azurite, monkeypatch):
    for name, value in {
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURE_USE_FABRIC_ENDPOINT": "true",
        "AZURE_SKIP_SIGNATURE": "true",
        "AZURE_ENDPOINT": "http://127.0.0.1:9",
        "AZURE_STORAGE_ENDPOINT": "http://127.0.0.1:9",
        "AZURE_STORAGE_ACCOUNT_NAME": "other",
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
        "AZURE_STORAGE_SAS_TOKEN": "sig=other",
        "AZURE_STORAGE_TOKEN": "other",
        "AZURE_CREDENTIAL_TYPE": "sas_token",
        "AZURE_CONTAINER_NAME": "other",
        "AZURE_ENCRYPTION_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)
    store = on_azurite()
    put_small(store)
    assert bytes(store.get("a", Span(0, 3)).data) == b"xxx"


@pytest.mark.azure
def test_the_proxy_of_the_configuration_is_used(on_azurite, azurite_server, container):
    with RuledServer() as proxy:
        proxy.rules.append(lambda _: reply(403, {"x-ms-error-code": "AuthorizationFailure"}))
        store = store_at(azurite_server.account_url(), container, proxy=proxy.url)
        for call in (list_objects, put_small):
            seen = len(proxy.asked)
            with pytest.raises(MultistoreError):
                call(store)
            assert len(proxy.asked) > seen
        store.close()


@pytest.mark.parametrize("reference", ["profile:x", "env:", "sas", "env"])
def test_a_reference_that_is_none(reference):
    store = store_at("https://tokyo.blob.core.windows.net", credentials=reference)
    with pytest.raises(ConfigurationError, match="env:PREFIX"):
        list_objects(store)


@pytest.mark.parametrize("call", [put_small, list_objects, put_large_under_a_condition])
def test_a_variable_that_is_not_set(call, monkeypatch):
    monkeypatch.delenv("TOKYO_ACCOUNT_KEY", raising=False)
    with RuledServer() as here:
        store = store_at(f"{here.url}/tokyo")
        with pytest.raises(UnauthenticatedError, match="TOKYO_ACCOUNT_KEY"):
            call(store)
        store.close()
        assert here.asked == []


def test_entra_never_goes_over_plain_http():
    with RuledServer() as here:
        store = store_at(f"{here.url}/tokyo", credentials=None)
        for call in (put_small, list_objects):
            with pytest.raises(MultistoreError, match="https"):
                call(store)
        store.close()
        assert here.asked == []


def test_the_authority_of_entra_is_not_the_environments(monkeypatch):
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "login.example")
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "11111111-2222-3333-4444-555555555555")
    monkeypatch.setattr("multistore.stores.azure.credentials._chains", {})
    chain = entra(endpoint_at("https://tokyo.blob.core.windows.net"))
    first = chain.credentials[0]._credential
    assert first._authority == "https://login.microsoftonline.com"
    assert first._client._pipeline._transport._use_env_settings is False
    kinds = {type(part).__name__ for part in chain.credentials}
    assert not kinds & {"InteractiveBrowserCredential", "BrokerCredential"}


@pytest.mark.azure
def test_a_rotated_key_is_used_at_once(on_azurite, azurite_server, monkeypatch):
    store = on_azurite()
    put_small(store)
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", azurite_server.keys["osaka"])
    for call in (put_small, list_objects, lambda store: store.head("a")):
        with pytest.raises(UnauthenticatedError) as caught:
            call(store)
        assert caught.value.code == "AuthorizationFailure"  # of Azurite; Azure's is another
        assert "account key" in caught.value.hint
    monkeypatch.setenv("TOKYO_ACCOUNT_KEY", azurite_server.keys["tokyo"])
    put_small(store)
    list_objects(store)


def account_signature(azurite_server, **options):
    return generate_account_sas(
        "tokyo",
        azurite_server.keys["tokyo"],
        ResourceTypes(service=True, container=True, object=True),
        **{
            "permission": "rwdlac",
            "start": datetime.now(UTC) - timedelta(hours=2),
            "expiry": datetime.now(UTC) + timedelta(hours=1),
            **options,
        },
    )


@pytest.mark.azure
@pytest.mark.parametrize("mark", ["", "?"])
def test_a_shared_access_signature(on_azurite, azurite_server, monkeypatch, mark):
    monkeypatch.delenv("TOKYO_ACCOUNT_KEY")
    monkeypatch.setenv("TOKYO_SAS_TOKEN", mark + account_signature(azurite_server))
    store = on_azurite()
    put_large(store)
    put_small(store)
    etag = store.head("a").etag
    store.copy("a", "b", head=b"HEAD", if_match=etag, mode=PutMode.OVERWRITE)
    assert bytes(store.get("b", Span(0, 6)).data) == b"HEADxx"
    assert all(outcome.gone for outcome in store.delete([Ref("a"), Ref("b")]))
    put_large_under_a_condition(store)
    assert [item.name for item in store.list("")] == ["a"]
    ask_for_the_kind(store)


@pytest.mark.azure
def test_a_signature_that_has_ended(on_azurite, azurite_server, monkeypatch):
    ended = account_signature(azurite_server, expiry=datetime.now(UTC) - timedelta(hours=1))
    monkeypatch.delenv("TOKYO_ACCOUNT_KEY")
    monkeypatch.setenv("TOKYO_SAS_TOKEN", ended)
    store = on_azurite()
    for call in (put_small, list_objects):
        with pytest.raises(MultistoreError) as caught:
            call(store)
        assert caught.value.status == 403


def test_one_client_for_an_account_and_its_credentials(key, monkeypatch, caplog):
    made = []
    make = azure_client._make
    monkeypatch.setattr(azure_client, "_make", lambda *args: made.append(args) or make(*args))
    with RuledServer() as here:
        here.rules.append(lambda _: reply(200, {"x-ms-sku-name": "Standard_ZRS"}))
        stores = [store_at(f"{here.url}/tokyo") for _ in range(50)]
        start = threading.Barrier(50)

        def first_use(store):
            start.wait()
            return store.placement.placement().redundancy

        with ThreadPoolExecutor(50) as pool:
            assert set(pool.map(first_use, stores)) == {"Standard_ZRS"}
        assert len(made) == 1
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
        for store in stores[1:]:
            store.close()
        ask_for_the_kind(stores[0])  # the last user still has it
        stores[0].close()
        assert Account(stores[0].endpoint, "tokyo", "env:TOKYO") not in azure_client._clients
        with pytest.raises(ClosedError):
            list_objects(stores[0])
        with pytest.raises(ClosedError):
            put_small(stores[0])


def test_a_request_ends_with_its_deadline(key, monkeypatch):
    monkeypatch.setattr(azure_client, "DEADLINE_SECONDS", -1)
    with RuledServer() as here:
        store = store_at(f"{here.url}/tokyo")
        with pytest.raises(UnavailableError) as caught:
            list_objects(store)
        assert caught.value.code == "Deadline"
        assert here.asked == []
        store.close()


def test_the_api_version_is_pinned(key):
    with RuledServer() as here:
        here.rules.append(lambda _: reply(200))
        store = store_at(f"{here.url}/tokyo")
        ask_for_the_kind(store)
        store.close()
        assert here.asked[0].headers["x-ms-version"] == "2024-11-04"


def test_it_is_a_store_and_a_pickle_has_no_secret(key):
    store = store_at("https://tokyo.blob.core.windows.net")
    assert isinstance(store, Store)
    frozen = pickle.dumps(store)
    assert KEY.encode() not in frozen
    again = pickle.loads(frozen)
    assert (
        repr(again) == repr(store) == "<AzureStore blobs: https://tokyo.blob.core.windows.net/box>"
    )
    assert again.limits == store.limits


@pytest.mark.parametrize("secret", ["key", "sas"])
def test_no_secret_is_told(secret, monkeypatch, caplog):
    """Keys, signatures and what they sign: in no message, repr, log record or traceback."""
    canary = {"key": KEY, "sas": "CanarySignature0123456789"}[secret]
    monkeypatch.setattr(azure_client, "RETRIES", 1)
    monkeypatch.delenv("TOKYO_ACCOUNT_KEY", raising=False)
    variable = {"key": "TOKYO_ACCOUNT_KEY", "sas": "TOKYO_SAS_TOKEN"}[secret]
    monkeypatch.setenv(variable, {"key": KEY, "sas": f"sv=2024-11-04&sig={canary}"}[secret])
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")
    told = []
    with RuledServer() as here:
        here.rules.append(
            lambda r: reply(
                403,
                {"x-ms-error-code": "AuthenticationFailed"},
                f"<Error><Code>AuthenticationFailed</Code><Message>{r.target}\n{r.headers}"
                f"</Message></Error>".encode(),
            )
        )
        store = store_at(f"{here.url}/tokyo")
        calls = [
            put_small,
            put_large,
            put_large_under_a_condition,
            list_objects,
            lambda store: store.head("a"),
            lambda store: store.get("a", Span(0, 9)),
        ]
        for stop in (False, True):
            if stop:
                store.close()
                store = store_at("http://127.0.0.1:9/tokyo")
                calls = [list_objects]
            for call in calls:
                with pytest.raises(MultistoreError) as caught:
                    call(store)
                told += traceback.format_exception(caught.value)
                told.append(repr(vars(caught.value)))
                context = caught.value.__context__
                told.append("" if context is None else str(context))
        sent = " ".join(f"{r.target} {r.headers}" for r in here.asked)
        parts = (store, vars(store), vars(store._container), store._credentials)
        told += [repr(part) for part in (*parts, *azure_client._clients.items())]
        store.close()
    told += [record.getMessage() for record in caplog.records] + [
        str(r.args) for r in caplog.records
    ]
    assert not [record for record in caplog.records if "http_logging" in record.name]
    signatures = {word for word in sent.split("'") if word.startswith("SharedKey")}
    assert secret == "sas" or signatures
    for text in told:
        assert canary not in text
        assert not any(signature.partition(":")[2] in text for signature in signatures)
    if secret == "sas":
        assert canary in sent
