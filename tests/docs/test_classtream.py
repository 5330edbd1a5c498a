"""examples/classtream.toml keeps what the white paper promises, line by line."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from multistore.config import load
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from tests.docs.blocks import ROOT

PATH = ROOT / "examples/classtream.toml"


@pytest.fixture(scope="module")
def settings():
    return load(PATH)


def test_every_line_names_its_section_or_its_owner():
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            comment = line.partition(" # ")[2]
            assert re.match(r"§\d+|own\b|yours\b", comment), line


@pytest.mark.parametrize("collection", ["user-info", "attachment", "backup", "access-log"])
def test_user_data_lies_at_aws_only(settings, collection):
    accepting = {
        store.provider for store in settings.stores.values() if collection in store.accepts
    }
    assert accepting == {"aws"}


def test_videos_may_lie_at_the_four_clouds_of_section_15(settings):
    videos = {
        settings.stores[collection.store].provider
        if settings.stores[collection.store].placement is None
        else settings.stores[collection.store].placement.operator
        for name, collection in settings.collections.items()
        if name.startswith("video")
    }
    assert videos == {"aws", "azure", "株式会社電算システム", "株式会社アイネット"}


def test_every_region_is_japanese_or_claimed(settings):
    for name, store in settings.stores.items():
        if store.provider == "s3-compatible":
            assert store.placement is not None, name
            assert store.region is None, name
        else:
            assert store.region in {"ap-northeast-1", "ap-northeast-3", "japaneast"}, name


def test_every_store_has_one_address_in_the_table_or_in_its_claim(settings):
    catalog = Catalog.load([])
    for name, store in settings.stores.items():
        assert pinning.endpoint(catalog, name, store, proxy=None).url.startswith("https://")


def test_unknown_endpoints_are_reserved_names_and_their_papers_are_not_there(settings):
    for store in settings.stores.values():
        if store.endpoint is not None:
            assert urlsplit(store.endpoint).hostname.endswith(".example.jp")
            assert not settings.resolve(store.placement.document).exists()


def test_access_logs_are_kept_36_months_and_outlive_the_tenant(settings):
    logs = settings.collections["access-log"]
    assert (logs.retention, logs.survives_tenant) == ("36 months", True)
    others = [c for name, c in settings.collections.items() if name != "access-log"]
    assert not any(collection.survives_tenant for collection in others)
