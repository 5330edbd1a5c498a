"""What a vault tells OpenTelemetry, what it never tells, and what that costs where it is off."""

from __future__ import annotations

import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

import multistore
from multistore import NotFoundError, Span, TamperedError, aio
from multistore.filesystem import MultistoreFileSystem
from tests.otel.conftest import observed
from tests.servers.fault_proxy import SLOW_DOWN
from tests.vault import estate

MIB = 1 << 20
DURATION, IO = "multistore.client.operation.duration", "multistore.client.io"
A, B = "acme/video/ひみつ-a", "acme/video/ひみつ-b"


def use_every_verb(vault):
    vault.put(A, b"12345")
    vault.read(A, Span(1, 3))
    vault.head(A)
    vault.exists(A)
    vault.copy(A, B)
    vault.delete(B)
    vault.rename(A, B)
    vault.get(B).read()
    with vault.open(B) as file:
        file.read()
    list(vault.list("acme/video/"))
    vault.put(A, b"")
    vault.plan_erasure(A)
    vault.erase(A, reason="asked for")
    vault.delete_many([A, B])


def test_every_verb_is_a_span(vault, seen):
    use_every_verb(vault)
    assert seen.names == [
        *("put", "read", "head", "exists", "copy", "delete"),
        *("copy", "delete", "rename", "get", "open", "list"),
        *("put", "plan_erasure", "erase", "delete_many"),
    ]
    for span in seen.spans:
        told = dict(span.attributes)
        assert span.kind is SpanKind.CLIENT
        assert span.status.status_code is StatusCode.UNSET
        assert told["multistore.operation.name"] == span.name.removeprefix("multistore.")
        assert (told["multistore.store"], told["cloud.provider"]) == ("main", "local")
        assert told["http.request.resend_count"] == 0
    by_name = dict(zip(seen.names, seen.spans, strict=True))
    assert by_name["read"].attributes["multistore.bytes"] == 2
    copy, delete, rename = seen.spans[6:9]
    assert {copy.parent.span_id, delete.parent.span_id} == {rename.context.span_id}


def test_the_metrics_count_each_verb_and_its_plaintext_bytes(vault, seen):
    use_every_verb(vault)
    assert seen.metrics(DURATION) == {
        **dict.fromkeys(
            ("read", "head", "exists", "rename", "get", "open", "list", "plan_erasure", "erase"), 1
        ),
        "put": 2,
        "copy": 2,
        "delete": 2,
        "delete_many": 1,
    }
    assert seen.metrics(IO) == {
        "put transmit": 5,
        "read receive": 2,
        "get receive": 5,
        "open receive": 5,
    }


class TestWhatIsNeverTold:
    def test_no_address_no_tenant_and_no_metadata(self, vault, seen):
        use_every_verb(vault)
        vault.put(A, b"x", metadata={"だれ": "secret-person"})
        for call in (vault.read, vault.head, vault.open, vault.get):
            with pytest.raises(NotFoundError):
                call("acme/video/ひみつ-absent")
        with pytest.raises(ValueError, match="range"):
            vault.read(A, Span(10, 20))
        text = seen.text()
        assert text.count("multistore.store")
        for secret in ("ひみつ", r"\u3072", "acme", "secret-person", "だれ"):
            assert secret not in text, secret

    def test_with_keys_both_are(self, tmp_path, seen):
        with observed(estate.local(tmp_path, None), "with-keys") as vault:
            vault.put(A, b"x")
            with pytest.raises(NotFoundError):
                vault.read(B)
        put, read = seen.spans[-2:]
        assert put.attributes["multistore.key"] == A
        assert B in read.status.description
        assert A not in str(seen.metrics(DURATION))


class TestErrors:
    def test_an_error_has_its_type_and_its_code_and_no_message(self, vault, seen):
        with pytest.raises(NotFoundError):
            vault.head(A)
        (span,) = seen.spans
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
        assert span.attributes["error.type"] == "NotFoundError"
        assert span.events == ()
        assert seen.metrics(DURATION) == {"head NotFoundError": 1}

    @pytest.mark.parametrize("subject", ["", "x", "acme/nowhere/x", "acme/video", 5, None, b"a/b"])
    def test_a_wrong_subject_is_the_vaults_to_refuse(self, vault, seen, subject):
        for verb in ("head", "get", "open", "delete"):
            with pytest.raises((ValueError, TypeError, AttributeError)) as told:
                getattr(vault, verb)(subject)
            with pytest.raises(type(told.value)):
                getattr(multistore.Vault, verb)(vault, subject)
        assert len(seen.spans) == 4

    def test_damage_that_is_met_while_reading_ends_the_span_with_it(self, tmp_path, seen):
        here = estate.local(tmp_path, None)
        with observed(here) as vault:
            vault.put(A, bytes(20 * MIB))
            raw = bytearray(here.raw(A))
            raw[-1] ^= 1
            here.replace(A, bytes(raw))
            seen.clear()
            begun = vault.get(A)
            assert seen.spans == []
            with pytest.raises(TamperedError):
                begun.read()
            with vault.open(A) as file:
                file.seek(-5, 2)
                with pytest.raises(TamperedError):
                    file.read()
        assert seen.names == ["get", "open"]
        assert {span.attributes["error.type"] for span in seen.spans} == {"TamperedError"}


class TestWhatIsReadLater:
    @pytest.fixture
    def big(self, vault, seen):
        vault.put(A, bytes(20 * MIB))
        seen.clear()
        return vault

    def test_a_download_ends_with_its_first_reading(self, big, seen, tmp_path):
        for use in (
            lambda begun: begun.read(),
            list,
            lambda begun: begun.readinto(bytearray(20 * MIB)),
            lambda begun: begun.save(tmp_path / "a"),
            lambda begun: begun.save(tmp_path / "b", progress=lambda _: None),
        ):
            seen.clear()
            begun = big.get(A)
            assert seen.spans == []
            use(begun)
            (span,) = seen.spans
            assert span.attributes["multistore.bytes"] == 20 * MIB
            assert seen.metrics(IO) == {"get receive": 20 * MIB}
            begun.read()
            assert len(seen.spans) == 1
            assert seen.metrics(IO) == {"get receive": 40 * MIB}

    def test_what_is_let_go_ends_too(self, big, seen):
        begun = big.get(A)
        del begun
        pieces = iter(big.get(A))
        next(pieces)
        pieces.close()
        entries = big.list("acme/video/")
        del entries
        file = big.open(A)
        del file
        assert seen.names == ["get", "get", "list", "open"]
        # The first part has the header before its 63 chunks of 128 KiB.
        part = 63 * 128 * 1024
        assert [span.attributes["multistore.bytes"] for span in seen.spans] == [0, part, 0, 0]

    def test_a_file_counts_what_it_fetched(self, big, seen):
        with big.open(A) as file:
            file.read(100)
            file.read(100)
            file.seek(-8, 2)
            file.read()
        (span,) = seen.spans
        assert span.attributes["multistore.bytes"] == 128 * 1024 + 8

    def test_a_reader_between_two_pieces_is_in_its_own_context(self, big, seen):
        before = trace.get_current_span()
        for _ in big.get(A):
            assert trace.get_current_span() is before
        for _ in big.list("acme/video/"):
            assert trace.get_current_span() is before

    def test_a_file_for_writing_is_a_put_in_the_trace_of_its_writer(self, vault, seen):
        with trace.get_tracer("test").start_as_current_span("request"):
            for size in (5, 20 * MIB):
                with vault.open(A, "wb") as file:
                    file.write(bytes(size))
        assert seen.names == ["open", "put", "open", "put", "request"]
        request = seen.spans[-1]
        assert {span.parent.span_id for span in seen.spans[:-1]} == {request.context.span_id}
        assert seen.spans[3].attributes["multistore.bytes"] == 20 * MIB


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_the_asynchronous_verbs_are_told_of_in_the_trace_of_their_caller(
    vault, seen, anyio_backend
):
    with trace.get_tracer("test").start_as_current_span("request") as request:
        wrapped = aio.AsyncVault(vault)
        await wrapped.put(A, b"x" * 20 * MIB)
        async for _ in await wrapped.get(A):
            pass
        assert [entry.key async for entry in wrapped.list("acme/video/")] == ["ひみつ-a"]
    assert seen.names == ["put", "get", "list", "request"]
    assert {s.parent.span_id for s in seen.spans[:-1]} == {request.get_span_context().span_id}


def test_threads_have_spans_of_their_own(vault, seen):
    threads = [threading.Thread(target=vault.put, args=[f"acme/video/{n}", b"x"]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.names == ["put"] * 8
    assert len({span.context.trace_id for span in seen.spans}) == 8


def test_fsspec_reads_through_it(vault, seen):
    fs = MultistoreFileSystem(vault._settings.source)
    fs.pipe(A, b"x")
    assert fs.cat(A) == b"x"
    MultistoreFileSystem.clear_instance_cache()
    assert seen.names == ["put", "read"]


@pytest.mark.s3
def test_region_provider_and_requests_that_were_sent_again(
    tmp_path, request, seen, fault_proxy, moto_server
):
    here = estate.s3(tmp_path, request)
    url = urlsplit(moto_server.url)
    proxy = fault_proxy(url.hostname, url.port)
    text = here.path.read_text(encoding="utf-8").replace(moto_server.url, proxy.url)
    here.path.write_text(text, encoding="utf-8")
    with observed(here) as vault:
        vault.put(A, b"x")
        seen.clear()
        proxy.on("POST", SLOW_DOWN, containing="delete", times=2)
        proxy.on("DELETE", SLOW_DOWN, times=2)
        vault.delete(A)
    (span,) = seen.spans
    assert (span.attributes["cloud.provider"], span.attributes["cloud.region"]) == (
        "aws",
        "ap-northeast-1",
    )
    assert span.attributes["http.request.resend_count"] == 2
    assert seen.metrics("multistore.client.resends") == {"delete": 2}


@pytest.mark.azure
def test_azures_requests_that_were_sent_again(tmp_path, request, seen, fault_proxy, azurite_server):
    here = estate.azure(tmp_path, request)
    url = urlsplit(azurite_server.account_url())
    proxy = fault_proxy(url.hostname, url.port)
    text = here.path.read_text(encoding="utf-8").replace(url.netloc, f"127.0.0.1:{proxy.port}")
    here.path.write_text(text, encoding="utf-8")
    with observed(here) as vault:
        vault.put(A, b"x")
        seen.clear()
        proxy.on("DELETE", SLOW_DOWN, times=1)
        vault.delete(A)
    (span,) = seen.spans
    assert span.attributes["cloud.region"] == "japaneast"
    assert span.attributes["http.request.resend_count"] == 1


OFF = """
import sys, multistore
vault = multistore.open(sys.argv[1])
vault.tenants.add("other")
vault.put("other/video/x", b"x")
assert vault.get("other/video/x").read() == b"x"
assert type(vault) is multistore.Vault
print(*sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""
WITHOUT = "import sys; sys.modules['opentelemetry'] = None\n" + OFF


def program(source, path):
    return subprocess.run(
        [sys.executable, "-c", source, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_off_nothing_is_loaded(tmp_path):
    done = program(OFF, estate.local(tmp_path, None).path)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_where_it_is_not_installed_the_opening_says_how(tmp_path, seen):
    here = estate.local(tmp_path, None)
    observed(here).close()
    done = program(WITHOUT, here.path)
    assert done.returncode == 1
    assert "ConfigurationError: vault.telemetry" in done.stderr
    assert "pip install 'multistore[otel]'" in done.stderr


def test_a_word_that_is_not_understood_is_refused(tmp_path):
    with pytest.raises(multistore.ConfigurationError, match="telemetry"):
        observed(estate.local(tmp_path, None), "yes")


def test_a_copy_in_another_process_is_observed_too(vault):
    import pickle

    with pickle.loads(pickle.dumps(vault)) as copy:
        assert type(copy) is type(vault)
        assert repr(copy).startswith("<Vault ")


def test_the_extra_needs_the_api_alone():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    (needed,) = project["project"]["optional-dependencies"]["otel"]
    assert needed.startswith("opentelemetry-api")


def test_the_names_are_those_of_the_semantic_conventions():
    from opentelemetry.semconv._incubating.attributes import cloud_attributes, network_attributes
    from opentelemetry.semconv.attributes import error_attributes, http_attributes

    source = Path(multistore.__file__).with_name("telemetry.py").read_text(encoding="utf-8")
    for name in (
        cloud_attributes.CLOUD_PROVIDER,
        cloud_attributes.CLOUD_REGION,
        network_attributes.NETWORK_IO_DIRECTION,
        error_attributes.ERROR_TYPE,
        http_attributes.HTTP_REQUEST_RESEND_COUNT,
        http_attributes.HTTP_RESPONSE_STATUS_CODE,
    ):
        assert f'"{name}"' in source
