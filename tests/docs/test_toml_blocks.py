"""Every configuration in the documents is one that multistore would read."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from multistore import config
from multistore.errors import ConfigurationError
from multistore.residency import pinning
from multistore.residency.catalog import Catalog
from tests.docs.blocks import ROOT, blocks, name, pages_with

SKELETON = {
    "vault": {"ledger": "sqlite:///multistore.db", "keys": "local:keys/"},
    "stores": {},
    "collections": {},
}


def _configurations(page):
    """Give the blocks that are configurations; a file of rows says its ``format``."""
    return [block for block in blocks(page, "toml") if "\nformat = " not in f"\n{block.text}"]


def _whole(fragment, earlier):
    """Fill in what a fragment leaves out: stores shown before it, and a collection for each."""
    raw = {part: {**SKELETON[part], **fragment.get(part, {})} for part in SKELETON}
    raw["stores"] = {**earlier, **raw["stores"]} or {
        "scratch": {"provider": "memory", "accepts": ["video"]}
    }
    raw["waivers"] = fragment.get("waivers", [])
    if not raw["collections"]:
        store, settings = next(iter(raw["stores"].items()))
        raw["collections"] = {settings["accepts"][0]: {"store": store}}
    return raw


@pytest.mark.parametrize("page", pages_with("toml"), ids=name)
def test_every_block_is_a_valid_configuration(page):
    catalog = Catalog.load([])
    stores = {}
    for block in _configurations(page):
        fragment = tomllib.loads(block.text)
        unknown = set(fragment) - {*SKELETON, "waivers"}
        assert not unknown, f"{block}: {unknown}"
        whole = _whole(fragment, stores)
        settings = config.parse(whole, base=Path(), source=Path(str(block)))
        for store, entry in settings.stores.items():
            if entry.provider not in {"local", "memory"} and _opens_by_table_or_claim(entry):
                assert pinning.endpoint(catalog, store, entry, proxy=None).hosts
        stores |= fragment.get("stores", {})


def _opens_by_table_or_claim(entry):
    return entry.provider != "s3-compatible" or entry.placement is not None


@pytest.mark.parametrize("page", pages_with("toml"), ids=name)
def test_every_row_is_one_that_the_table_takes(page, tmp_path):
    for block in set(blocks(page, "toml")) - set(_configurations(page)):
        file = tmp_path / "rows.toml"
        file.write_text(block.text, encoding="utf-8")
        assert Catalog.load([file])


def test_a_wrong_entry_would_be_noticed():
    with pytest.raises(ConfigurationError):
        config.parse(
            _whole({"stores": {"a": {"provider": "aws", "accepts": ["video"], "zone": "1"}}}, {}),
            base=Path(),
        )


def test_the_reference_names_every_entry_and_no_other():
    text = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    models = (
        config.VaultSettings,
        config.StoreSettings,
        config.PlacementClaim,
        config.CollectionSettings,
        config.WaiverSettings,
    )
    assert all(inspect.isclass(model) and issubclass(model, BaseModel) for model in models)
    assert documented == {field for model in models for field in model.model_fields}
