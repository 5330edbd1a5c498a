"""CLS-002: what names, tags and metadata say, how little is looked at, and what is made of it."""

from __future__ import annotations

import pytest

from multistore.compliance.belonging import (
    ACCESS_LOGS,
    ERASURE_LOG,
    UNOWNED,
    at_root,
    below_tenant,
    classes,
    declared,
)
from multistore.compliance.collect.classes import CALL, OBJECTS, PAGE, TENANTS, Level, sample
from multistore.compliance.model import Copy, Status
from tests.compliance.bucket_answers import ABSENT, BUCKET, CLEAN, LOGS, found, seen, settings
from tests.compliance.worlds import LOST, World, resource
from tests.compliance.worlds import settings as configured

PASS, FAIL, NA, UNKNOWN = Status.PASS, Status.FAIL, Status.NA, Status.UNKNOWN
KNOWN = {"video", "user-info", "backup", "access-log", "attachment"}
LOG = "2026-11-24-03-05-07-0123456789ABCDEF"

# --- names and labels -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acme/", None),
        ("a/", None),
        ("_multistore/", ERASURE_LOG),
        ("_multistore", UNOWNED),
        ("dump.sql", UNOWNED),
        ("acme", UNOWNED),
        ("Acme/", UNOWNED),
        ("/", UNOWNED),
        ("日本/", UNOWNED),
        (LOG, ACCESS_LOGS),
        (LOG[:-1], UNOWNED),
        ("123456789012/", ACCESS_LOGS),
    ],
)
def test_what_lies_at_the_root(name, kind):
    assert at_root(name) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acme/video/", "video"),
        ("acme/user-info/", "user-info"),
        ("acme/video", UNOWNED),
        ("acme/videos/", UNOWNED),
        ("acme//", UNOWNED),
        ("acme/list.csv", UNOWNED),
        (f"acme/{LOG}", ACCESS_LOGS),
        ("acme/123456789012/", ACCESS_LOGS),
    ],
)
def test_what_lies_below_a_tenant(name, kind):
    assert below_tenant(name, "acme/", KNOWN) == kind


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"collection": "user-info"}, ["user-info"]),
        ({"Data-Class": "User-Info"}, ["user-info"]),
        ({"data_class": "video, backup"}, ["backup", "video"]),
        ({"Class": "video/backup"}, ["backup", "video"]),
        ({"classification": "video"}, []),
        ({"collection": "confidential"}, []),
        ({"owner": "video"}, []),
        ({"collection": "videos"}, []),
        ({}, []),
    ],
)
def test_what_a_label_declares(words, said):
    assert declared(words, KNOWN) == said


def test_every_class_of_the_configuration_and_the_white_paper_is_known():
    assert classes(settings()) >= KNOWN


# --- the sample -----------------------------------------------------------------------------------


class Shelf:
    """Names in memory, listed as a service lists them; counts what it is asked."""

    def __init__(self, *names, labels=None):
        self.names, self.labels = sorted(names), labels or {}
        self.levels, self.asked = [], []

    def level(self, prefix):
        self.levels.append(prefix)
        below = [name.removeprefix(prefix) for name in self.names if name.startswith(prefix)]
        heads = (head + cut for head, cut, _ in (rest.partition("/") for rest in below))
        entries = list(dict.fromkeys(prefix + head for head in heads))
        return Level(entries[:PAGE], len(entries) > PAGE)

    def words(self, prefix):
        self.asked.append(prefix)
        first = next((name for name in self.names if name.startswith(prefix)), None)
        return None if first is None else self.labels.get(first, {})


def test_few_tenants_are_looked_into_one_by_one():
    shelf = Shelf("acme/video/a", "acme/video/b", "acme/backup/x", "zoo/video/a", "top", "zoo/y")
    assert sample(shelf, KNOWN) == {
        "Found": {"backup": 1, UNOWNED: 2, "video": 2},
        "Tenants": 2,
        "TenantsLookedInto": 2,
        "MoreAtRoot": False,
        "MoreBelow": False,
        "Objects": [
            {"Collection": "backup", "Declares": []},
            {"Collection": "video", "Declares": []},
            {"Collection": "video", "Declares": []},
        ],
    }
    assert "acme" not in str(sample(shelf, KNOWN))


def test_however_much_there_is_the_look_is_bounded():
    names = [f"t{n:05}/{kind}/o" for n in range(1500) for kind in ("video", "backup")]
    shelf = Shelf(*names)
    value = sample(shelf, KNOWN)
    assert (value["Tenants"], value["MoreAtRoot"]) == (PAGE, True)
    assert value["TenantsLookedInto"] == TENANTS == len(shelf.levels) - 1
    assert len(shelf.asked) == OBJECTS == len(value["Objects"])
    assert shelf.levels[1:3] == ["t00000/", "t00125/"], "evenly spread"
    assert {entry["Collection"] for entry in value["Objects"]} == {"video", "backup"}
    again = Shelf(*names)
    sample(again, KNOWN)
    assert again.levels == shelf.levels, "a finding can be looked at again"


def test_a_tenant_with_more_than_a_page_is_said_to_have_more():
    assert sample(Shelf(*(f"acme/x{n}" for n in range(PAGE + 1))), KNOWN)["MoreBelow"] is True


def test_nothing_is_found_where_nothing_is():
    assert sample(Shelf(), KNOWN)["Found"] == {}


# --- judging --------------------------------------------------------------------------------------


def sampled(**changes):
    return {CALL: {**CLEAN[CALL], **changes}}


def tags(**words):
    return {"GetBucketTagging": {"TagSet": [{"Key": k, "Value": v} for k, v in words.items()]}}


def labelled(collection, *says):
    return sampled(Objects=[{"Collection": collection, "Declares": list(says)}])


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({}, PASS, "2 of 2 tenants and labels of 1 objects speak of video only"),
        (sampled(Objects=[]), PASS, "2 of 2 tenants speak of video only. No label was read."),
        (sampled(Found={"video": 2, "backup": 1}), PASS, "backup, video only"),
        (sampled(Tenants=400), PASS, "what was not looked at is not verified"),
        (sampled(MoreAtRoot=True), PASS, "what was not looked at is not verified"),
        (sampled(MoreBelow=True), PASS, "what was not looked at is not verified"),
        (sampled(Found={}, Tenants=0, TenantsLookedInto=0, Objects=[]), NA, "holds nothing"),
        (tags(collection="video"), PASS, "video only"),
        (tags(collection="video backup"), PASS, "video only"),
        (tags(owner="user-info"), PASS, "video only"),
        (sampled(Found={"video": 2, "user-info": 1}), FAIL, "user-info lies here below 1"),
        (sampled(Found={"video": 2, UNOWNED: 3}), FAIL, "3 names or prefixes"),
        (sampled(Found={ACCESS_LOGS: 5}), FAIL, "5 access logs"),
        (sampled(Found={"video": 1, ERASURE_LOG: 1}), FAIL, "log of erasures"),
        (tags(collection="user-info"), FAIL, "labelled as user-info"),
        (tags(collection="video user-info"), FAIL, "labelled as user-info"),
        (labelled("video", "user-info"), FAIL, "below video is labelled as user-info"),
        (labelled("video", "backup"), FAIL, "below video is labelled as backup"),
        (labelled("video", "video"), PASS, "video only"),
        (
            sampled(
                Found={"user-info": 1},
                Objects=[{"Collection": "user-info", "Declares": ["user-info"]}],
            ),
            FAIL,
            "user-info lies here below 1",
        ),
        (sampled(Found="x"), UNKNOWN, "another shape"),
        ({CALL: {"Other": 1}}, UNKNOWN, "another shape"),
    ],
)
def test_what_has_strayed_in_is_told(changes, status, word):
    (finding,) = found(seen(changes), "CLS-002")
    assert finding.status is status, finding.text.en
    assert word in finding.text.en
    assert finding.text.ja
    assert bool(finding.remedy) is (status is FAIL)


@pytest.mark.parametrize("call", [CALL, "GetBucketTagging"])
@pytest.mark.parametrize("how", LOST)
def test_what_could_not_be_read_is_unknown(how, call):
    value, why = LOST[how]
    missing = (call,) if how == "never asked" else ()
    about = seen({} if missing else {call: value}, missing=missing, why=why)
    assert {finding.status for finding in found(about, "CLS-002")} == {UNKNOWN}


def test_a_label_is_told_even_where_the_sample_could_not_be_had():
    about = seen({**tags(collection="user-info"), CALL: None})
    assert {finding.status for finding in found(about, "CLS-002")} == {UNKNOWN, FAIL}


def test_access_logs_may_lie_where_a_bucket_writes_its_log():
    assert {f.status for f in found(seen(), "CLS-002", LOGS)} == {PASS}
    assert {f.status for f in found(seen(copies=()), "CLS-002", LOGS)} == {FAIL}
    elsewhere = Copy(f"s3://{BUCKET}", "s3://other", "log", "ap-northeast-1", in_japan=True)
    assert {f.status for f in found(seen(copies=[elsewhere]), "CLS-002", LOGS)} == {FAIL}


def test_a_log_of_erasures_may_lie_in_its_own_store():
    vault = {"ledger": "sqlite://", "keys": "local:keys", "erasure_log": "tokyo"}
    changes = sampled(Found={ERASURE_LOG: 1, "video": 1})
    about = seen(changes, configured=settings(vault=vault))
    assert {finding.status for finding in found(about, "CLS-002")} == {PASS}


def test_a_container_says_by_its_metadata_what_it_is():
    store = {"az": {"provider": "azure", "account": "a", "bucket": "v", "region": "japaneast"}}
    store["az"]["accepts"] = ["video"]
    one = resource("azure://a/v", "azure-container", store="az", role="store", provider="azure")
    for said, status in (["video"], PASS), ([], PASS), (["user-info"], FAIL):
        value = {**CLEAN[CALL], "ContainerDeclares": said}
        world = World(configured(store), [one], {one.id: {CALL: value}})
        assert world.statuses("CLS-002", one.id) == {status}


def test_a_directory_that_is_not_there_holds_nothing():
    store = {"disk": {"provider": "local", "path": "data", "accepts": ["video"]}}
    one = resource("local:data", "local", store="disk", role="store", provider="local")
    world = World(configured(store), [one], {one.id: {CALL: ABSENT}})
    assert world.statuses("CLS-002", one.id) == {NA}
