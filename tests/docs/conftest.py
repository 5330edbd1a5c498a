"""A working directory as the documents assume it: a configuration, a tenant, a lesson."""

from __future__ import annotations

import pytest

import multistore

CONFIGURATION = """\
[vault]
ledger = "sqlite:///multistore.db"
keys   = "local:keys/"

[stores.here]
provider = "local"
path     = "objects/"
accepts  = ["video", "attachment"]

[collections.video]
store = "here"

[collections.attachment]
store = "here"
"""
LESSON = bytes(range(256)) * 8_192  # 2 MiB: more than one chunk, and longer than any offset used


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "multistore.toml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "lesson.mp4").write_bytes(LESSON)
    with multistore.open("multistore.toml") as vault:
        vault.tenants.add("school-042")
        vault.put("school-042/video/lesson.mp4", LESSON)
    return tmp_path
