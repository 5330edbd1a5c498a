"""The probe finds out what a service does, on two that differ, and leaves nothing behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from multistore.errors import ConfigurationError, MultistoreError, NotFoundError, UnsupportedError
from multistore.stores.base import Body
from multistore.stores.endpoint import Profile
from multistore.stores.memory import MemoryStore
from multistore.stores.probe import probing
from multistore.stores.probe.probing import Finding, ProbeReport, Question, apply, probe
from multistore.stores.s3.store import S3Store
from multistore.values import PutMode

MOTO_REFUSES = {
    Question.CANARY,
    Question.CHECKSUMS_VERIFIED,
    Question.COPY_CONDITION,
    Question.SMALL_PARTS,
    Question.UPDATE_COMPLETE,
}
CEPH_REFUSES = {
    *MOTO_REFUSES,
    Question.CREATE_COMPLETE,
    Question.DELETE,
    Question.UPDATE_PUT,
}


@pytest.fixture
def made(s3_credentials):
    stores = []

    def make(server, *, versioned=False, **changes):
        store = S3Store(
            "probed",
            endpoint=server.endpoint(**changes),
            bucket=server.bucket(versioned=versioned),
            credentials=s3_credentials(server),
        )
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


def assert_nothing_left(server, store, names=()):
    client = server.client()
    listed = client.list_objects_v2(Bucket=store.bucket).get("Contents", [])
    assert [entry["Key"] for entry in listed] == list(names)
    page = client.list_object_versions(Bucket=store.bucket)
    assert "DeleteMarkers" not in page
    assert [entry["Key"] for entry in page.get("Versions", [])] == list(names)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=store.bucket)


def assert_found(report, refuses):
    answers = {finding.question: finding.answer for finding in report.findings}
    assert list(answers) == list(Question)
    assert {question for question, answer in answers.items() if answer is False} == refuses
    assert None not in answers.values(), report.to_json()
    assert report.left_behind == ()
    assert all(finding.seen for finding in report.findings)
    assert any(finding.request_id for finding in report.findings)


@pytest.mark.s3
@pytest.mark.parametrize("versioned", [False, True])
def test_moto(moto_server, made, versioned):
    store = made(moto_server, versioned=versioned)
    client = moto_server.client()
    client.put_object(Bucket=store.bucket, Key="multistore-probe-of-others", Body=b"stays")
    report = probe(store)
    assert_found(report, MOTO_REFUSES if versioned else {*MOTO_REFUSES, Question.VERSIONING})
    assert report.versioning == ("Enabled" if versioned else "Disabled")
    assert_nothing_left(moto_server, store, ["multistore-probe-of-others"])
    assert abs(datetime.now(UTC) - report.date).total_seconds() < 60
    assert report.is_of(moto_server.url, store.bucket)
    assert not report.is_of(moto_server.url, "another")


@pytest.mark.s3
def test_a_store_of_ascii_names_is_probed_and_cleared_by_raw_names(moto_server, made):
    store = made(moto_server, ascii_names=True)
    report = probe(store)
    assert report.answer(Question.NON_ASCII_NAMES) is True
    assert report.left_behind == ()
    assert_nothing_left(moto_server, store)


@pytest.mark.ceph
@pytest.mark.parametrize("versioned", [False, True])
def test_ceph(ceph_server, made, versioned):
    store = made(ceph_server, versioned=versioned)
    report = probe(store)
    # Ceph 16 honours If-None-Match on a PUT into a bucket without versions, and nowhere else.
    refuses = (
        {*CEPH_REFUSES, Question.CREATE_PUT} if versioned else {*CEPH_REFUSES, Question.VERSIONING}
    )
    assert_found(report, refuses)
    assert_nothing_left(ceph_server, store)
    profile = apply(replace(ceph_server.profile, conditional_create=True), report)
    assert profile == ceph_server.profile


@pytest.mark.ceph
def test_what_a_probe_showed_to_be_ignored_is_refused(ceph_server, made, s3_credentials):
    boastful = made(ceph_server, versioned=True, conditional_create=True)
    body = Body([b"one"], 3)
    boastful.put("a", body, mode=PutMode.CREATE)
    boastful.put("a", Body([b"two"], 3), mode=PutMode.CREATE)  # lost: the first is overwritten
    endpoint = boastful.endpoint
    honest = S3Store(
        "honest",
        endpoint=replace(endpoint, profile=apply(endpoint.profile, probe(boastful))),
        bucket=boastful.bucket,
        credentials=s3_credentials(ceph_server),
    )
    with pytest.raises(UnsupportedError, match="conditional-create"):
        honest.put("a", Body([b"three"], 5), mode=PutMode.CREATE)
    honest.close()


@pytest.mark.s3
def test_an_error_in_between_leaves_nothing_behind_either(moto_server, made, monkeypatch):
    store = made(moto_server, versioned=True)

    def breaks(room):
        room.put("half", b"x")
        room.ask("create_multipart_upload", "half")
        raise KeyboardInterrupt

    monkeypatch.setattr(probing, "UPLOAD_CHECKS", (breaks,))
    with pytest.raises(KeyboardInterrupt):
        probe(store)
    assert_nothing_left(moto_server, store)


@pytest.mark.s3
def test_a_check_that_fails_leaves_its_questions_open(moto_server, made, monkeypatch):
    def fails(room):
        raise MultistoreError("lost", code="ConnectionLost")

    monkeypatch.setattr(probing, "UPLOAD_CHECKS", (fails,))
    told = []
    report = probe(made(moto_server), progress=told.append)
    assert report.answer(Question.SERVER_COPY) is None
    assert "fails: ConnectionLost" in report.to_json()
    assert len(told) == len(Question) - 7
    assert apply(Profile(server_copy=True), report).server_copy is False


@pytest.mark.s3
def test_a_bucket_that_is_not_there_is_an_error_not_a_report(moto_server, s3_credentials):
    store = S3Store(
        "gone",
        endpoint=moto_server.endpoint(),
        bucket="no-such-bucket",
        credentials=s3_credentials(moto_server),
    )
    with pytest.raises(NotFoundError) as caught:
        probe(store)
    assert caught.value.code == "NoSuchBucket"
    store.close()


def test_other_stores_are_not_probed():
    with pytest.raises(UnsupportedError, match="documented"):
        probe(MemoryStore())


def report_of(**answers):
    findings = tuple(
        Finding(question, answers.get(question.name.lower()), "seen", "id") for question in Question
    )
    return ProbeReport(
        "s", "p", "https://h", "b", datetime(2026, 11, 24, 9, tzinfo=UTC), findings, "Enabled"
    )


ALL = {question.name.lower(): True for question in Question}
BEST = Profile(
    conditional_create=True,
    conditional_update=True,
    conditional_delete=True,
    server_copy=True,
    bulk_delete=True,
    versions=True,
    object_lock=True,
    rules=True,
    suffix_range=True,
    unequal_parts=True,
)


def test_a_report_survives_json():
    report = report_of(**{**ALL, "canary": False, "create_put": None})
    assert ProbeReport.from_json(report.to_json()) == report


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda _: "[]",
        lambda _: "null",
        lambda _: '{"format": 1}',
        lambda text: text.replace('"format": 1', '"format": 2'),
        lambda text: text.replace("2026-11-24T09:00:00+00:00", "yesterday"),
        lambda text: text.replace("2026-11-24T09:00:00+00:00", "2026-11-24T09:00:00"),
        lambda text: text.replace('"answer": true', '"answer": "yes"', 1),
        lambda text: text.replace('"bucket": "b"', '"bucket": "b", "more": 1'),
        lambda text: text.replace(Question.CANARY, "is it nice"),
    ],
)
def test_what_is_no_report_is_refused(damage):
    text = report_of(**ALL).to_json()
    assert json.loads(text)
    with pytest.raises(ConfigurationError, match="probe"):
        ProbeReport.from_json(damage(text))


@pytest.mark.parametrize("answer", [False, None])
@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("create_put", "conditional_create"),
        ("create_complete", "conditional_create"),
        ("update_put", "conditional_update"),
        ("update_complete", "conditional_update"),
        ("delete", "conditional_delete"),
        ("lifecycle", "rules"),
        ("object_lock", "object_lock"),
        ("server_copy", "server_copy"),
        ("bulk_delete", "bulk_delete"),
        ("versions_listed", "versions"),
        ("suffix_ranges", "suffix_range"),
        ("unequal_parts", "unequal_parts"),
    ],
)
def test_what_was_not_seen_to_work_is_not_there(question, field, answer):
    assert apply(Profile(), report_of(**ALL)) == BEST
    assert apply(BEST, report_of(**{**ALL, question: answer})) == replace(BEST, **{field: False})


def test_names_and_checksums_are_applied_to_the_safe_side_only():
    refused = report_of(**{**ALL, "non_ascii_names": False})
    assert apply(Profile(), refused).ascii_names
    assert apply(Profile(ascii_names=True), report_of(**ALL)).ascii_names
    assert not apply(Profile(), report_of(**{**ALL, "non_ascii_names": None})).ascii_names
    assert not apply(Profile(), report_of(**ALL)).sdk_checksums
    assert apply(Profile(sdk_checksums=True), report_of(**ALL)).sdk_checksums
    wrong = report_of(**{**ALL, "checksums_verified": False})
    assert not apply(Profile(sdk_checksums=True), wrong).sdk_checksums
